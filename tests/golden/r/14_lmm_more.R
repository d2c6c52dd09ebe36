# Linear mixed models beyond 04_lmm: crossed, nested, factors, badly scaled predictors, the boundary, many levels.
# Fits are driven to tight optima (lme4's default stops 1e-5 away in theta), so that differences are not R's stopping rule.
source("r/common.R"); lib("lmerTest", "nlme")
tight <- lmerControl(optimizer = "nloptwrap", calc.derivs = FALSE, check.conv.singular = "ignore",
                     optCtrl = list(algorithm = "NLOPT_LN_BOBYQA", xtol_abs = 1e-13, xtol_rel = 0, ftol_abs = 0, ftol_rel = 0, maxeval = 20000))
# Marginal and conditional R2: Nakagawa & Schielzeth 2013, Johnson 2014, from R's estimates
shares <- function(m) { X <- getME(m, "X"); f <- var(as.vector(X %*% fixef(m))); s2 <- sigma(m)^2
  r <- s2 * sum((getME(m, "Lambdat") %*% getME(m, "Zt"))^2) / nrow(X)
  c(f / (f + r + s2), (f + r) / (f + r + s2), r / (r + s2)) }
one <- function(m, profile = FALSE, ranova = TRUE, brief = FALSE) {
  cs <- coef(summary(m)); vc <- as.data.frame(VarCorr(m)); an <- anova(m); ll <- logLik(m); s <- shares(m)
  out <- list(formula = deparse1(formula(m)),
    fixef = list(name = rownames(cs), est = unname(cs[, 1]), se = unname(cs[, 2]), df = unname(cs[, 3]), t = unname(cs[, 4]), p = unname(cs[, 5])),
    anova = if (nrow(an)) list(term = rownames(an), F = an$`F value`, df = an$NumDF, ddf = an$DenDF, p = an$`Pr(>F)`) else NULL,
    varcomp = list(grp = vc$grp, var1 = vc$var1, var2 = vc$var2, vcov = vc$vcov, sdcor = vc$sdcor),
    criterion = if (isREML(m)) as.numeric(REMLcrit(m)) else as.numeric(deviance(m)), logLik = as.numeric(ll), AIC = AIC(m), BIC = BIC(m),
    theta = unname(getME(m, "theta")), R2m = s[1], R2c = s[2], ICC = s[3])
  re <- ranef(m, condVar = TRUE)
  if (!brief) {
    out$ranef <- lapply(re, function(x) head(as.matrix(x), 4))
    out$ranef_levels <- lapply(re, function(x) head(rownames(x), 4))
    out$cond_sd <- lapply(re, function(x) { v <- attr(x, "postVar"); if (is.list(v)) v <- v[[1]]; sqrt(v[1, 1, 1:4]) })
    out$fitted <- head(unname(fitted(m)), 5) }
  if (isREML(m)) { f <- suppressMessages(refitML(m)); out$ML <- list(logLik = as.numeric(logLik(f)), AIC = AIC(f), BIC = BIC(f), logLik_at_REML = as.numeric(logLik(m, REML = FALSE))) }
  if (ranova) { ra <- lmerTest::ranova(m); out$ranova <- list(term = rownames(ra), logLik = ra$logLik, LRT = ra$LRT, df = ra$Df, p = ra$`Pr(>Chisq)`) }
  if (profile) { ci <- confint(suppressMessages(refitML(m)), parm = "theta_", oldNames = FALSE, quiet = TRUE); out$profile <- list(name = rownames(ci), low = unname(ci[, 1]), high = unname(ci[, 2])) }
  out }
# the call holds names that update() finds again
fit <- function(f, d, REML = TRUE) suppressMessages(suppressWarnings(eval(bquote(lmer(.(f), data = .(substitute(d)), REML = .(REML), control = tight)), globalenv())))
keep <- function(d, f) { save_csv(d, f); d <- read_d(f); for (v in names(d)) if (is.character(d[[v]])) d[[v]] <- factor(d[[v]]); d }
set.seed(20); out <- list()
sl <- read_d("sleepstudy.csv"); bn <- read_d("bnpp.csv"); bn$biome <- factor(bn$biome)
out$sleep_rs <- one(fit(Reaction ~ Days + (Days | Subject), sl), profile = TRUE)
out$sleep_uncorrelated <- one(fit(Reaction ~ Days + (Days || Subject), sl), profile = TRUE)
out$sleep_ml <- one(fit(Reaction ~ Days + (Days | Subject), sl, REML = FALSE), profile = TRUE)
out$bnpp <- one(fit(BNPP ~ MAT + MAP + clay + (1 | biome), bn), profile = TRUE)
out$bnpp_raw_slope <- one(fit(BNPP ~ MAT + (MAT | biome), bn))
pe <- keep(as.data.frame(lme4::Penicillin), "penicillin.csv")
out$penicillin <- one(fit(diameter ~ 1 + (1 | plate) + (1 | sample), pe), profile = TRUE)
pa <- keep(data.frame(strength = lme4::Pastes$strength, batch = as.character(lme4::Pastes$batch), cask = as.character(lme4::Pastes$cask)), "pastes.csv")
out$pastes <- one(fit(strength ~ 1 + (1 | batch/cask), pa), profile = TRUE)
ca <- as.data.frame(lme4::cake); ca <- keep(data.frame(angle = ca$angle, recipe = as.character(ca$recipe), temp = ca$temp, bake = paste0("t", ca$temp), replicate = paste0("r", ca$replicate)), "cake.csv")
out$cake <- one(fit(angle ~ recipe * temp + (1 | recipe:replicate), ca))
out$cake_factor <- one(fit(angle ~ recipe * bake + (1 | replicate/recipe), ca))
ma <- as.data.frame(nlme::Machines); ma <- keep(data.frame(worker = paste0("w", ma$Worker), machine = as.character(ma$Machine), score = ma$score), "machines.csv")
out$machines <- one(fit(score ~ machine + (0 + machine | worker), ma))
out$machines_nested <- one(fit(score ~ machine + (1 | worker/machine), ma))
oa <- as.data.frame(nlme::Oats); oa <- keep(data.frame(block = as.character(oa$Block), variety = gsub(" ", "_", as.character(oa$Variety)), nitro = oa$nitro, yield = oa$yield), "oats.csv")
out$oats <- one(fit(yield ~ nitro * variety + (1 | block/variety), oa), profile = TRUE)
out$oats_factor <- one(fit(yield ~ factor(nitro) * variety + (1 | block) + (1 | block:variety), oa))
dy <- keep(as.data.frame(lme4::Dyestuff2), "dyestuff2.csv")
out$boundary <- one(fit(Yield ~ 1 + (1 | Batch), dy), profile = TRUE, ranova = FALSE)
# unbalanced, two crossed factors with correlated slopes against a year far from zero, a factor, an interaction
n <- 900; site <- sample(15, n, TRUE, prob = (1:15)); species <- sample(9, n, TRUE); year <- sample(1985:2020, n, TRUE)
managed <- sample(c("control", "grazed", "mown"), n, TRUE, prob = c(.5, .3, .2)); yc <- (year - 2002) / 10
b <- matrix(rnorm(30), 15) %*% chol(matrix(c(4, .8, .8, .6), 2)); v <- matrix(rnorm(18), 9) %*% chol(matrix(c(1, -.2, -.2, .3), 2))
cr <- data.frame(site = sprintf("s%02d", site), species = letters[species], year, decade = yc, managed,
                 cover = round(20 + 1.5 * yc + 2 * (managed == "grazed") - (managed == "mown") * yc + b[site, 1] + b[site, 2] * yc + v[species, 1] + v[species, 2] * yc + rnorm(n, 0, 2), 4))
cr <- keep(cr, "crossed_years.csv")
out$crossed_slopes <- one(fit(cover ~ decade * managed + (decade | site) + (decade | species), cr))
out$crossed_intercepts <- one(fit(cover ~ decade + managed + (1 | site) + (1 | species), cr))
out$crossed_mixed <- one(fit(cover ~ decade + (decade | site) + (1 | species) + (1 | site:species), cr))
out$quadratic <- one(fit(log(cover) ~ decade + I(decade^2) + managed + (decade || site), cr))
# like InstEval: many raters by many rated, unbalanced; departments nested above the rated
ns <- 700; nd <- 260; n <- 12000; dept <- sample(14, nd, TRUE); s <- sample(ns, n, TRUE, prob = rexp(ns)); d <- sample(nd, n, TRUE, prob = rexp(nd))
ev <- data.frame(student = paste0("s", s), lecturer = paste0("d", d), department = paste0("f", dept[d]), service = sample(c("no", "yes"), n, TRUE), age = round(rnorm(n), 3))
ev$score <- round(3.2 - .1 * (ev$service == "yes") + .05 * ev$age + rnorm(ns, 0, .33)[s] + rnorm(nd, 0, .5)[d] + rnorm(14, 0, .2)[dept[d]] + rnorm(n, 0, 1.2), 3)
ev <- keep(ev, "ratings.csv")
out$ratings <- one(fit(score ~ service * age + (1 | student) + (1 | lecturer) + (1 | department), ev), ranova = FALSE)
out$ratings_slope <- one(fit(score ~ service + age + (1 + age || lecturer) + (1 | student), ev), ranova = FALSE, brief = TRUE)
save_ref(out, "14_lmm_more.json")
