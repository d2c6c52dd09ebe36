# Further additive models: other bases, factors, smooths by factor, ML, interactions, large numbers of points.
source("r/common.R"); lib("mgcv")
set.seed(20240501)
n <- 400
d <- data.frame(x = round(runif(n), 6), z = round(rnorm(n), 6), day = round(runif(n, 0, 365), 3),
  f = sample(c("burnt", "grazed", "control"), n, TRUE), g = sprintf("plot%02d", sample(20, n, TRUE)))
b <- rnorm(20, 0, .4)
d$y <- round(with(d, sin(2 * pi * x) * (1 + (f == "burnt")) + .3 * z + .5 * (f == "grazed") + .4 * cos(2 * pi * day / 365) +
  x * z + b[as.integer(factor(g))] + rnorm(n, 0, .5)), 6)
save_csv(d, "gam_factors.csv")
m <- 2600
big <- data.frame(east = round(runif(m), 7), north = round(runif(m), 7))
big$y <- round(with(big, sin(5 * east) * north + rnorm(m, 0, .2)), 6)
save_csv(big, "gam_points.csv")
d <- read_d("gam_factors.csv"); d$f <- factor(d$f); d$g <- factor(d$g)
big <- read_d("gam_points.csv")
grid <- data.frame(x = seq(.02, .98, length.out = 24), z = seq(-2, 2.2, length.out = 24), day = seq(-20, 390, length.out = 24),
  f = rep(levels(d$f), 8), g = rep(levels(d$g)[1:4], 6))
big_grid <- data.frame(east = seq(0, 1, length.out = 20), north = seq(1, 0, length.out = 20)^2)
out <- function(m, grid) { s <- summary(m); p <- predict(m, grid, se.fit = TRUE)
  list(fit = as.numeric(p$fit), se = as.numeric(p$se.fit), edf = as.numeric(s$edf), edf_total = sum(m$edf), sp = as.numeric(m$sp), scale = m$sig2,
    criterion = as.numeric(m$gcv.ubre), AIC = AIC(m), BIC = BIC(m), r_sq_adj = s$r.sq, dev_expl = s$dev.expl, coef_p = as.list(s$p.coeff), se_p = as.list(s$se[seq_along(s$p.coeff)]),
    p_p = as.list(s$p.pv), terms = rownames(s$s.table), ref_df = if (is.null(s$s.table)) NULL else s$s.table[, 2], F = if (is.null(s$s.table)) NULL else s$s.table[, 3], P = if (is.null(s$s.table)) NULL else s$s.table[, 4]) }
ends <- list(day = c(0, 365))
res <- list(
  ps = out(gam(y ~ s(x, bs = "ps") + s(z, bs = "ps", k = 15), data = d, method = "REML"), grid),
  cr = out(gam(y ~ s(x, bs = "cr", k = 12) + s(z, bs = "cr"), data = d, method = "REML"), grid),
  tp_m1 = out(gam(y ~ s(x, m = 1) + z, data = d, method = "REML"), grid),
  cyclic = out(gam(y ~ s(x) + s(day, bs = "cc"), data = d, method = "REML", knots = ends), grid),
  linear = out(gam(y ~ x * f + z, data = d, method = "REML"), grid),
  by_factor = out(gam(y ~ f + s(x, by = f) + s(z), data = d, method = "REML"), grid),
  by_number = out(gam(y ~ s(x) + s(x, by = z), data = d, method = "REML"), grid),
  te = out(gam(y ~ te(x, z, k = c(6, 4)) + f, data = d, method = "REML"), grid),
  te_mixed = out(gam(y ~ te(day, x, bs = c("cc", "tp"), k = c(7, 5)), data = d, method = "REML", knots = ends), grid),
  te_ps = out(gam(y ~ te(x, z, bs = "ps", k = 6), data = d, method = "REML"), grid),
  ti = out(gam(y ~ s(x) + s(z) + ti(x, z), data = d, method = "REML"), grid),
  te_three = out(gam(y ~ te(x, z, day, bs = c("cr", "cr", "cc"), k = 4), data = d, method = "REML", knots = ends), grid),
  ml = out(gam(y ~ f + s(x) + te(z, day, bs = c("cr", "cc")), data = d, method = "ML", knots = ends), grid),
  ml_random = out(gam(y ~ f + s(x) + s(g, bs = "re") + s(g, x, bs = "re"), data = d, method = "ML"), grid),
  gcv = out(gam(y ~ f + s(x) + s(z) + ti(day, z, bs = c("cc", "cr")), data = d, method = "GCV.Cp", knots = ends), grid),
  random = out(gam(y ~ f * x + s(z) + s(g, bs = "re") + s(g, z, bs = "re"), data = d, method = "REML"), grid),
  no_intercept = out(gam(y ~ f + s(x) - 1, data = d, method = "REML"), grid),
  log_response = out(gam(log(y + 6) ~ I(z^2) + z + s(x), data = d, method = "REML"), grid),
  points = out(gam(y ~ s(east) + s(north), data = big, method = "REML"), big_grid),
  points_2d = out(gam(y ~ s(east, north), data = big, method = "REML"), big_grid))
res$grid <- as.list(grid); res$big_grid <- as.list(big_grid)
save_ref(res, "13_gam_more.json")
