# Small path models at thirty simulated sites: climate, soil and production (path_transect.csv: CHAIN, seed 22, of
# coldcarbon.simulate.han2022_paths, six decimals), and a closed circle of four variables fitted in both directions
# (path_circle.csv: MILD_LOOP, seed 6). What lavaan says of a column that is the sum of two others stands beside them.
source("r/common.R"); lib("lavaan")
# the tightest stopping with which the optimizer still reports success, then Newton steps with lavaan's own derivatives
stops <- lapply(c(1e-15, 1e-14, 1e-13, 1e-12, 1e-11, 1e-10), function(tol) list(rel.tol = tol, x.tol = 1e-12, abs.tol = 0, iter.max = 10000, eval.max = 20000)); stops <- c(stops, list(list()))
polish <- function(f, ...) { for (i in 1:5) { g <- lavInspect(f, "gradient"); H <- lavInspect(f, "hessian"); pt <- parTable(f)
  pt$est[pt$free > 0] <- pt$est[pt$free > 0] - as.vector(solve(H, g)); h <- suppressWarnings(sem(..., start = pt, baseline = FALSE, optim.method = "none", optim.force.converged = TRUE))
  if (max(abs(lavInspect(h, "gradient"))) >= max(abs(g))) return(f); f <- h }; f }
tightly <- function(...) { for (stop in stops) { f <- suppressWarnings(sem(..., baseline = FALSE, control = stop)); if (lavInspect(f, "converged")) return(polish(f, ...)) }; stop("no convergence") }
BASE <- c("cfi", "tli", "nfi", "rfi", "ifi", "baseline.chisq", "baseline.df")
fm <- c("npar", "chisq", "df", "pvalue", "gfi", "agfi", "pgfi", "rmsea", "rmsea.ci.lower", "rmsea.ci.upper", "rmsea.pvalue", "rmr", "srmr", "aic", "bic", "logl", "fmin", "ecvi")
one <- function(f, again) { pe <- parameterEstimates(f); st <- standardizedSolution(f)
  list(fit = c(as.list(fitMeasures(f, fm)), as.list(fitMeasures(again, BASE))), est = as.list(pe[, c("lhs", "op", "rhs", "est", "se", "z", "pvalue")]), std = as.list(st[, c("lhs", "op", "rhs", "est.std", "se", "z")]), r2 = as.list(lavInspect(f, "rsquare"))) }
TOTALS <- "\nof_moisture := d + b*e\nof_rain := a*d + a*b*e"
CHAIN <- "moisture ~ a*rain + warmth\ncarbon ~ b*moisture\nproduction ~ e*carbon + d*moisture"
cases <- list(
  chain = list("path_transect", paste0(CHAIN, TOTALS)),
  all_through_carbon = list("path_transect", "moisture ~ rain + warmth\ncarbon ~ moisture\nproduction ~ carbon"),
  all_arrows = list("path_transect", "moisture ~ rain + warmth\ncarbon ~ moisture + rain + warmth\nproduction ~ carbon + moisture + rain + warmth"),
  clockwise = list("path_circle", "plant ~ climatic\nsoil ~ plant\nmicrobial ~ soil\nclimatic ~ microbial"),
  backwards = list("path_circle", "climatic ~ plant\nplant ~ soil\nsoil ~ microbial\nmicrobial ~ climatic"))
out <- list()
for (k in names(cases)) { d <- read_d(paste0(cases[[k]][[1]], ".csv")); M <- cases[[k]][[2]]; cat(k, "\n")
  usual <- function(...) suppressWarnings(sem(M, data = d, ...)); quiet <- function(...) tightly(M, data = d, ...)
  out[[k]] <- list(data = cases[[k]][[1]], model = M, n = nrow(d), default = one(quiet(fixed.x = TRUE), usual(fixed.x = TRUE)),
                   amos_like = one(quiet(likelihood = "wishart", fixed.x = FALSE), usual(likelihood = "wishart", fixed.x = FALSE))) }
# total carbon is organic and inorganic carbon
d <- read_d("path_transect.csv"); d$inorganic <- d$rain^2; d$sum <- d$carbon + d$inorganic
tidy <- function(x) trimws(gsub("\\s+", " ", conditionMessage(x)))
told <- function(M) { said <- character(0); f <- NULL
  invisible(capture.output(f <- tryCatch(withCallingHandlers(sem(M, data = d), warning = function(w) { said <<- c(said, tidy(w)); invokeRestart("muffleWarning") }), error = function(e) { said <<- c(said, tidy(e)); NULL })))
  list(converged = !is.null(f) && lavInspect(f, "converged"), said = as.list(said)) }
out$dependent <- list(as_predictors = told("production ~ carbon + inorganic + sum"), as_outcome = told("sum ~ carbon + inorganic\nproduction ~ sum + moisture"))
save_ref(out, "22_small_paths.json")
