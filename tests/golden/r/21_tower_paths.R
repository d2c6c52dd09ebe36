# Paths to a net flux that is the difference of two others, on simulated towers (tower_paths.csv: the seed and the
# design are coldcarbon.simulate.liu2022_paths.path_panel(21), six decimals). What lavaan says when the identity is exact, when
# it nearly is, raw rows and departures from towers' means, and errors by tower (cluster = "site").
# Writes results/21_tower_paths.json and the part that a chapter shows, ../../results/lavaan_paths.json.
source("r/common.R"); lib("lavaan")
d <- read_d("tower_paths.csv"); vars <- setdiff(names(d), "site")
w <- d; for (v in vars) w[[v]] <- d[[v]] - ave(d[[v]], d$site)
EGS <- "uptake ~ gpp + ter\ngpp ~ temperature + light + water\nter ~ temperature + light + water"
LGS <- "uptake ~ gpp + ter\ngpp ~ temperature + light + water + pregpp\nter ~ temperature + light + water + pregpp"
FREE <- "\ngpp ~~ ter"
fm <- c("npar", "chisq", "df", "pvalue", "baseline.chisq", "baseline.df", "cfi", "tli", "nfi", "rfi", "ifi", "gfi", "agfi", "pgfi", "rmsea", "rmsea.ci.lower", "rmsea.ci.upper", "rmsea.pvalue", "rmr", "srmr", "aic", "bic", "logl", "fmin", "ecvi")
# the tightest stopping with which the optimizer still reports success, then Newton steps with lavaan's own derivatives
stops <- lapply(c(1e-15, 1e-14, 1e-13, 1e-12, 1e-11, 1e-10), function(tol) list(rel.tol = tol, x.tol = 1e-12, abs.tol = 0, iter.max = 10000, eval.max = 20000)); stops <- c(stops, list(list()))
polish <- function(f, M, d) { for (i in 1:5) { g <- lavInspect(f, "gradient"); H <- lavInspect(f, "hessian"); pt <- parTable(f)
  pt$est[pt$free > 0] <- pt$est[pt$free > 0] - as.vector(solve(H, g)); h <- suppressWarnings(sem(M, data = d, start = pt, fixed.x = TRUE, optim.method = "none", optim.force.converged = TRUE))
  if (max(abs(lavInspect(h, "gradient"))) >= max(abs(g))) return(f); f <- h }; f }
tightly <- function(M, d) { for (stop in stops) { f <- suppressWarnings(sem(M, data = d, fixed.x = TRUE, control = stop)); if (lavInspect(f, "converged")) return(polish(f, M, d)) }; stop("no convergence") }
one <- function(f) { pe <- parameterEstimates(f); st <- standardizedSolution(f)
  list(fit = as.list(fitMeasures(f, fm)), est = as.list(pe[, c("lhs", "op", "rhs", "est", "se", "z", "pvalue")]), std = as.list(st[, c("lhs", "op", "rhs", "est.std", "se", "z")]), r2 = as.list(lavInspect(f, "rsquare"))) }
# as a reader would call it, with every word that lavaan has to say
as_told <- function(M, d) { told <- character(0); tidy <- function(x) trimws(gsub("\\s+", " ", conditionMessage(x)))
  f <- tryCatch(withCallingHandlers(sem(M, data = d), warning = function(x) { told <<- c(told, tidy(x)); invokeRestart("muffleWarning") }), error = function(x) tidy(x))
  if (is.character(f)) return(list(error = f, warnings = I(told)))
  out <- list(error = "", warnings = I(told), converged = lavInspect(f, "converged"), paths = as.list(coef(f)[c("uptake~gpp", "uptake~ter", "gpp~temperature")]))
  if (out$converged) out <- c(out, as.list(fitMeasures(f, c("chisq", "df", "cfi", "rmsea")))); out }
net <- function(x, share) { x$uptake <- x$gpp - x$ter + share * x$gap; x }
out <- list()
for (k in c("raw", "within")) for (s in c("egs", "lgs")) for (free in c(FALSE, TRUE)) {
  M <- paste0(list(egs = EGS, lgs = LGS)[[s]], if (free) FREE else ""); x <- net(list(raw = d, within = w)[[k]], 1)
  x[vars] <- x[vars] / rep(sapply(vars, function(v) sd(d[[v]])), each = nrow(x)); x$uptake <- x$uptake / sd(d$gpp)   # alike in size: the optimizer needs it
  out[[paste(s, k, if (free) "free" else "arrows", sep = "_")]] <- list(model = M, n = nrow(x), default = one(tightly(M, x))) }
out$scales <- as.list(sapply(vars, function(v) sd(d[[v]])))
shares <- c(exact = 0, ten_thousandth = 1e-4, hundredth = 1e-2, whole = 1)
out$identity <- lapply(list(arrows = LGS, free = paste0(LGS, FREE)), function(M) lapply(shares, function(share) c(list(share = share), as_told(M, net(d, share)))))
cl <- suppressWarnings(sem(LGS, data = net(w, 1), cluster = "site")); pe <- standardizedSolution(cl)
plain <- standardizedSolution(suppressWarnings(sem(LGS, data = net(w, 1))))
out$by_site <- as.list(cbind(pe[pe$op == "~", c("lhs", "rhs", "est.std", "se")], rows_se = plain$se[plain$op == "~"]))
out$fingerprint <- list(md5 = unname(tools::md5sum(D("tower_paths.csv"))))
save_ref(out, "21_tower_paths.json")
shown <- list(fingerprint = out$fingerprint, program = paste("lavaan", packageVersion("lavaan")), identity = out$identity, by_site = out$by_site)
writeLines(toJSON(shown, digits = NA, auto_unbox = TRUE, pretty = TRUE, na = "null"), file.path("..", "..", "results", "lavaan_paths.json"))
