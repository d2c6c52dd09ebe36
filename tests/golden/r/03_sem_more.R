# Further models for path_models: what lavaan adds by itself, constraints, loops, small samples, second-order factors,
# moments as input, intercepts, modification indices. Tight stopping, so that differences are ours.
# Inputs written here: politicaldemocracy.csv (Bollen 1989, from lavaan), path_small.csv, path_loop.csv (simulated).
source("r/common.R"); lib("lavaan")
# the tightest stopping with which the optimizer still reports success
stops <- lapply(c(1e-15, 1e-14, 1e-13, 1e-12, 1e-11, 1e-10), function(tol) list(rel.tol = tol, x.tol = 1e-12, abs.tol = 0, iter.max = 10000, eval.max = 20000)); stops <- c(stops, list(list()))
# lavaan's optimizer leaves 1e-5 in flat directions: Newton steps with its own gradient and Hessian take the rest
polish <- function(f, ...) { for (i in 1:5) { g <- lavInspect(f, "gradient"); H <- lavInspect(f, "hessian"); pt <- parTable(f); if (any(pt$op == "==")) return(f)
  pt$est[pt$free > 0] <- pt$est[pt$free > 0] - as.vector(solve(H, g)); h <- suppressWarnings(sem(..., start = pt, baseline = FALSE, optim.method = "none", optim.force.converged = TRUE))
  if (max(abs(lavInspect(h, "gradient"))) >= max(abs(g))) return(f); f <- h }; f }
tightly <- function(...) { for (stop in stops) { f <- suppressWarnings(sem(..., baseline = FALSE, control = stop)); if (lavInspect(f, "converged")) return(polish(f, ...)) }; stop("no convergence") }
data(PoliticalDemocracy); save_csv(PoliticalDemocracy, "politicaldemocracy.csv")
set.seed(30); n <- 30; z <- matrix(rnorm(n * 3), n) %*% chol(matrix(c(1, .5, -.3, .5, 1, .2, -.3, .2, 1), 3))
d <- data.frame(warmth = z[, 1], light = z[, 2] * 2 + 5, water = z[, 3] * .5 + .3)
d$growth <- .6 * d$warmth + .2 * d$light + rnorm(n, sd = .7); d$decay <- .5 * d$warmth + .6 * d$water + .3 * d$growth + rnorm(n, sd = .6)
d$balance <- d$decay - .8 * d$growth + rnorm(n, sd = .5); d$stock <- .4 * d$growth + .3 * d$water + rnorm(n, sd = .8)
save_csv(round(d, 6), "path_small.csv")
set.seed(31); n <- 300; x <- matrix(rnorm(n * 3), n); B <- matrix(c(0, .4, 0, -.3, 0, .5, 0, 0, 0), 3); u <- cbind(x[, 1] * .7 + rnorm(n, sd = .6), x[, 2] * .6 + rnorm(n, sd = .7), .3 * x[, 3] + rnorm(n, sd = .8))
y <- u %*% t(solve(diag(3) - B)); d <- data.frame(x1 = x[, 1], x2 = x[, 2] + .4 * x[, 1], x3 = x[, 3], y1 = y[, 1], y2 = y[, 2], y3 = y[, 3])
save_csv(round(d, 6), "path_loop.csv")
HS <- "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9"
PD <- "ind60 =~ x1 + x2 + x3\ndem60 =~ y1 + y2 + y3 + y4\ndem65 =~ y5 + y6 + y7 + y8\ndem60 ~ ind60\ndem65 ~ ind60 + dem60\ny1 ~~ y5\ny2 ~~ y4 + y6\ny3 ~~ y7\ny4 ~~ y8\ny6 ~~ y8"
SMALL <- "balance ~ decay + growth\ngrowth ~ warmth + light\ndecay ~ warmth + water + growth"
cases <- list(
  pd = list("politicaldemocracy", PD),
  pd_equal = list("politicaldemocracy", sub("dem65 =~ y5 \\+ y6 \\+ y7 \\+ y8", "dem65 =~ y5 + b*y6 + c*y7 + d*y8", sub("dem60 =~ y1 \\+ y2 \\+ y3 \\+ y4", "dem60 =~ y1 + b*y2 + c*y3 + d*y4", PD))),
  pd_effects = list("politicaldemocracy", "ind60 =~ x1 + x2 + x3\ndem60 =~ y1 + y2 + y3 + y4\ndem65 =~ y5 + y6 + y7 + y8\ndem60 ~ a*ind60\ndem65 ~ c*ind60 + b*dem60\nind := a*b\ntotal := c + ind\nshare := ind/total"),
  small = list("path_small", SMALL),
  small_two_outcomes = list("path_small", "balance ~ decay + growth\nstock ~ growth + water\ngrowth ~ warmth + light\ndecay ~ warmth + water + growth"),
  small_uncorrelated = list("path_small", "balance ~ decay + growth\nstock ~ growth + water\ngrowth ~ warmth + light\ndecay ~ warmth + water + growth\nbalance ~~ 0*stock"),
  small_exogenous_named = list("path_small", "growth ~ warmth + light\ndecay ~ warmth + water + growth\nwarmth ~~ light\nwarmth ~~ water\nlight ~~ 0*water"),
  small_one_named = list("path_small", "growth ~ warmth + light\ndecay ~ warmth + water + growth\nwarmth ~~ water"),
  small_intercepts = list("path_small", "balance ~ 1 + decay + growth\ngrowth ~ 0*1 + warmth + light\ndecay ~ warmth + water + growth"),
  small_fixed = list("path_small", "balance ~ 1*decay + growth\ngrowth ~ a*warmth + light\ndecay ~ a*warmth + water + growth\ngrowth ~~ .5*growth"),
  small_linear = list("path_small", "balance ~ p*decay + q*growth\ngrowth ~ a*warmth + light\ndecay ~ b*warmth + water + growth\np == 0 - q\na == b + 0.1\nnet := p*b + q*a"),
  small_saturated = list("path_small", "growth ~ warmth + light + water\ndecay ~ warmth + light + water + growth"),
  small_reversed = list("path_small", "light ~ growth\ngrowth ~ decay\nwarmth ~ light"),
  loop = list("path_loop", "y1 ~ y2 + x1\ny2 ~ y1 + x2\ny3 ~ y2 + x3"),
  loop_correlated = list("path_loop", "y1 ~ y2 + x1\ny2 ~ y1 + x2\ny3 ~ y2 + x3\ny1 ~~ y2"),
  loop_means = list("path_loop", "y1 ~ 1 + y2 + x1\ny2 ~ y1 + x2\ny3 ~ y2 + x3"),
  hs_free_first = list("holzinger", "visual =~ NA*x1 + x2 + x3\ntextual =~ NA*x4 + x5 + x6\nspeed =~ NA*x7 + x8 + x9\nvisual ~~ 1*visual\ntextual ~~ 1*textual\nspeed ~~ 1*speed"),
  hs_second_order = list("holzinger", paste0(HS, "\nability =~ visual + textual + speed")),
  hs_mimic = list("holzinger", paste0(HS, "\nvisual ~ ageyr + sex\ntextual ~ ageyr\nspeed ~ ageyr\nagemo ~ textual + ageyr")),
  hs_single = list("holzinger", "visual =~ x1 + x2 + x3\nage =~ ageyr\nvisual ~ age\nx9 ~ visual + sex"),
  hs_cross = list("holzinger", paste0(HS, "\nvisual =~ x9\nx2 ~~ x3")),
  small_heywood = list("path_small", "vigour =~ growth + stock + light"))
fm <- c("npar", "chisq", "df", "pvalue", "baseline.chisq", "baseline.df", "cfi", "tli", "nfi", "rfi", "ifi", "gfi", "agfi", "pgfi", "rmsea", "rmsea.ci.lower", "rmsea.ci.upper", "rmsea.pvalue", "rmr", "srmr", "aic", "bic", "logl", "fmin", "ecvi")
# control would also stop the baseline model before its minimum: its indices come from a second fit
BASE <- c("cfi", "tli", "nfi", "rfi", "ifi", "baseline.chisq", "baseline.df")
one <- function(f, again) { pe <- parameterEstimates(f, remove.eq = TRUE); pe <- pe[pe$op != "==", ]; st <- standardizedSolution(f); st <- st[st$op != "==", ]
  list(fit = c(as.list(fitMeasures(f, setdiff(fm, BASE))), as.list(fitMeasures(again, BASE))), est = as.list(pe[, c("lhs", "op", "rhs", "est", "se", "z", "pvalue")]), std = as.list(st[, c("lhs", "op", "rhs", "est.std", "se", "z")]), r2 = as.list(lavInspect(f, "rsquare"))) }
independent <- function(f, d, ...) { ov <- lavNames(f, "ov"); g <- lavaan(paste(sprintf("%s ~~ %s", ov, ov), collapse = "\n"), data = d, fixed.x = FALSE, ...); as.list(fitMeasures(f, c("cfi", "tli", "nfi", "rfi", "ifi", "baseline.chisq", "baseline.df"), baseline.model = g)) }
out <- list()
for (k in names(cases)) { d <- read_d(paste0(cases[[k]][[1]], ".csv")); M <- cases[[k]][[2]]
  cat(k, "\n"); quiet <- function(fixed.x = TRUE, ...) tightly(M, data = d, fixed.x = fixed.x, ...)
  usual <- function(...) suppressWarnings(sem(M, data = d, ...)); amos <- quiet(likelihood = "wishart", fixed.x = FALSE)
  out[[k]] <- list(data = cases[[k]][[1]], model = M, n = nrow(d), default = one(quiet(), usual()), amos_like = one(amos, usual(likelihood = "wishart", fixed.x = FALSE)))
  out[[k]]$amos_like$fit_amos_baseline <- tryCatch(independent(amos, d, likelihood = "wishart"), error = function(e) NULL)
  f <- quiet(); pe <- parameterEstimates(quiet(information = "observed")); out[[k]]$observed_se <- as.list(pe[!pe$op %in% c("==", ":="), c("lhs", "op", "rhs", "se")])
  mi <- tryCatch(modindices(f), error = function(e) NULL); if (!is.null(mi) && nrow(mi)) out[[k]]$modindices <- as.list(head(mi[order(-mi$mi), c("lhs", "op", "rhs", "mi", "epc")], 12)) }
# a covariance matrix as input: divisor n - 1, rescaled by lavaan's default, not rescaled under wishart
S <- cov(read_d("path_small.csv")); out$small$from_covariance <- one(tightly(SMALL, sample.cov = S, sample.nobs = 30, fixed.x = TRUE), sem(SMALL, sample.cov = S, sample.nobs = 30)); out$small$from_covariance_wishart <- one(tightly(SMALL, sample.cov = S, sample.nobs = 30, likelihood = "wishart", fixed.x = FALSE), sem(SMALL, sample.cov = S, sample.nobs = 30, likelihood = "wishart", fixed.x = FALSE))
save_ref(out, "03_sem_more.json")
