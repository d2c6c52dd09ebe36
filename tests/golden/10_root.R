# Case "10_root": the logistic root curve fitted by nls to each profile of 10_root_profiles.csv.
# Run from this folder: Rscript 10_root.R; the answers in 10_root.json are from R 4.2.2 (jsonlite 1.8.4).
library(jsonlite)

# Start from the linearisation log(1/r - 1) = c log(depth) - c log(D50). Plain Gauss-Newton with a fixed start (15, -1.5)
# dies on some profiles ("Missing value or an infinity produced"), so: bounded PORT, then a Gauss-Newton polish to tight
# tolerance where that converges.
nls_root <- function(x) {
  b <- coef(lm(log(1 / r - 1) ~ log(depth), x))
  m <- nls(r ~ 1 / (1 + (depth / D50)^c), data = x, start = list(D50 = exp(-b[[1]] / b[[2]]), c = b[[2]]),
           algorithm = "port", lower = c(.01, -50))
  for (tol in c(1e-9, 1e-8, 1e-7, 1e-6)) {
    m2 <- tryCatch(nls(r ~ 1 / (1 + (depth / D50)^c), data = x, start = as.list(coef(m)),
                       control = nls.control(maxiter = 500, tol = tol, minFactor = 2^-30)), error = function(e) NULL)
    if (!is.null(m2)) return(m2)
  }
  m
}

dd <- read.csv("10_root_profiles.csv")
f <- lapply(split(dd, dd$profile), nls_root)
o <- lapply(f, function(m) {
  s <- coef(summary(m)); D50 <- s[1, 1]; c <- s[2, 1]
  list(D50 = D50, c = c, se_D50 = s[1, 2], se_c = s[2, 2], rss = deviance(m), D95 = D50 * (1 / .95 - 1)^(1 / c))
})
pick <- function(name) sapply(o, `[[`, name)
out <- list(profile = as.integer(names(o)), D50 = pick("D50"), c = pick("c"), se_D50 = pick("se_D50"), se_c = pick("se_c"),
            rss = pick("rss"), D95 = pick("D95"),
            R = list(version = R.version.string, packages = list(jsonlite = as.character(packageVersion("jsonlite")))))
writeLines(toJSON(out, digits = NA, auto_unbox = TRUE, pretty = TRUE), "10_root.json")
