# Overlap of predictors beyond 06_multivar: factors, ranks with ties, groups of categories, p.adjust.
source("r/common.R"); lib("car", "FactoMineR")
set.seed(20); n <- 60
d <- data.frame(a = rnorm(n)); d$b <- d$a + rnorm(n, 0, .4); d$c <- 1e5 + 1000 * d$b + rnorm(n, 0, 500); d$e <- round(rnorm(n), 1); d$f <- round(d$e + rexp(n), 1); d$g <- rnorm(n) - d$a
d$soil <- sample(c("clay", "loam", "sand"), n, TRUE, c(.2, .5, .3)); d$land <- ifelse(d$a + rnorm(n) > .5, "forest", ifelse(runif(n) > .6, "steppe", "tundra")); d$h <- rnorm(n); d$y <- d$a + .5 * d$e + (d$soil == "sand") + rnorm(n)
for (k in c("a", "b", "c", "g", "h", "y")) d[[k]] <- signif(d[[k]], 9)
save_csv(d, "overlap_sim.csv"); d <- read_d("overlap_sim.csv", stringsAsFactors = TRUE)
v <- vif(lm(y ~ a + b + c + e + f + g + soil + land, d))
part <- function(x, y, z, m) { if (m == "spearman") { x <- rank(x); y <- rank(y); z <- as.data.frame(lapply(z, rank)) }; r <- cor(resid(lm(x ~ ., z)), resid(lm(y ~ ., z))); k <- ncol(z); t <- r * sqrt((n - 2 - k) / (1 - r^2)); c(r = r, t = t, p = 2 * pt(-abs(t), n - 2 - k)) }
semi <- function(x, y, z) cor(x, resid(lm(y ~ ., z)))
longley <- read_d("longley.csv"); lv <- vif(lm(reformulate(names(longley)[2:7], "Employed"), longley))
P <- c(.01, .02, .03, .04, .05, 1e-8, .9, .5, .5, .049, 0, 1)
m <- MFA(d[c("a", "b", "c", "e", "f", "soil", "land", "g", "h", "y")], group = c(3, 2, 2, 2, 1), type = c("s", "c", "n", "s", "s"), name.group = c("first", "second", "kinds", "extra", "answer"), num.group.sup = c(4, 5), ncp = 4, graph = FALSE)
m2 <- MFA(d[c("a", "b", "c", "soil", "land", "e", "f")], group = c(3, 2, 2), type = c("s", "n", "c"), name.group = c("first", "kinds", "second"), num.group.sup = 2, ncp = 3, graph = FALSE)
pc <- PCA(d[c("a", "b", "c", "e", "f")], scale.unit = FALSE, ncp = 3, graph = FALSE)
R2 <- function(v) if (length(v)) summary(lm(reformulate(v, "y"), d))$r.squared else 0
terms <- c("a", "b", "e", "soil"); lmg <- sapply(terms, function(k) { o <- setdiff(terms, k); s <- 0; for (i in 0:(2^3 - 1)) { z <- o[bitwAnd(i, c(1, 2, 4)) > 0]; s <- s + factorial(length(z)) * factorial(3 - length(z)) / factorial(4) * (R2(c(z, k)) - R2(z)) }; s })
save_ref(list(
  vif = list(term = rownames(v), gvif = unname(v[, 1]), df = unname(v[, 2]), scaled = unname(v[, 3])), longley = as.list(lv),
  pearson_given = as.list(part(d$y, d$a, d[c("b", "e")], "pearson")), spearman_given = as.list(part(d$y, d$f, d[c("b", "e")], "spearman")), semi = semi(d$y, d$a, d[c("b", "e")]),
  cor_pearson = { t <- cor.test(d$e, d$f); list(r = unname(t$estimate), p = t$p.value, low = t$conf.int[1], high = t$conf.int[2]) }, spearman = cor(d$e, d$f, method = "spearman"),
  adjust = list(p = P, holm = p.adjust(P, "holm"), bonferroni = p.adjust(P, "bonferroni"), fdr_bh = p.adjust(P, "BH"), fdr_by = p.adjust(P, "BY")),
  lmg = as.list(lmg), pca_centred = list(eig = pc$eig[, 1], ind = unname(pc$ind$coord), var = unname(pc$var$coord), contrib = unname(pc$var$contrib), ind_contrib = unname(pc$ind$contrib), ind_cos2 = unname(pc$ind$cos2), var_cos2 = unname(pc$var$cos2)),
  mfa = list(eig = m$eig[, 1], ind = unname(m$ind$coord), ind_contrib = unname(m$ind$contrib), ind_cos2 = unname(m$ind$cos2), partial = unname(m$ind$coord.partiel), quanti = unname(m$quanti.var$coord), quanti_contrib = unname(m$quanti.var$contrib), quanti_cos2 = unname(m$quanti.var$cos2), quanti_cor = unname(m$quanti.var$cor), quali = unname(m$quali.var$coord), quali_names = rownames(m$quali.var$coord), quali_contrib = unname(m$quali.var$contrib),
    group = unname(m$group$coord), group_contrib = unname(m$group$contrib), group_cos2 = unname(m$group$cos2), group_sup = unname(m$group$coord.sup), group_cos2_sup = unname(m$group$cos2.sup), Lg = unname(m$group$Lg), RV = unname(m$group$RV), quanti_sup = unname(m$quanti.var.sup$coord), inertia_ratio = unname(m$inertia.ratio), axes = unname(m$partial.axes$coord), axes_names = rownames(m$partial.axes$coord)),
  mfa_kinds_aside = list(eig = m2$eig[, 1], quali_sup = unname(m2$quali.var.sup$coord), quali_sup_names = rownames(m2$quali.var.sup$coord), group_sup = unname(m2$group$coord.sup), group = unname(m2$group$coord), Lg = unname(m2$group$Lg))), "20_multivariate.json")
