# Common helpers of the R peer. Run every script from this folder: Rscript r/NN_x.R
suppressPackageStartupMessages(library(jsonlite))
options(digits = 17, stringsAsFactors = FALSE, contrasts = c("contr.treatment", "contr.poly"))
lib <- function(...) for (p in c(...)) suppressWarnings(suppressPackageStartupMessages(library(p, character.only = TRUE)))
D <- function(f) file.path("data", f)
save_csv <- function(d, f) write.csv(d, D(f), row.names = FALSE)          # 15 significant digits
read_d <- function(f, ...) read.csv(D(f), ...)
save_ref <- function(x, f) {
  x$R <- list(version = R.version.string,
              packages = lapply(sessionInfo()$otherPkgs, function(p) p$Version))
  writeLines(toJSON(x, digits = NA, auto_unbox = TRUE, pretty = TRUE, na = "null", null = "null", dataframe = "columns", matrix="rowmajor"),
             file.path("results", f))
}
named <- function(v) as.list(v)
# median seconds of a call, >= reps repeats, each repeat >= min_t seconds (auto-ranged like Python's timeit)
timeit <- function(f, reps = 7, min_t = 0.05) {
  invisible(f())
  n <- 1
  repeat { t0 <- Sys.time(); for (i in seq_len(n)) f(); dt <- as.numeric(difftime(Sys.time(), t0, units = "secs"))
    if (dt >= min_t) break; n <- if (dt <= 0) n * 10 else max(n + 1, ceiling(n * min_t / dt * 1.1)) }
  ts <- numeric(reps)
  for (r in seq_len(reps)) { t0 <- Sys.time(); for (i in seq_len(n)) f(); ts[r] <- as.numeric(difftime(Sys.time(), t0, units = "secs")) / n }
  list(median = median(ts), min = min(ts), max = max(ts), reps = reps, inner = n)
}
