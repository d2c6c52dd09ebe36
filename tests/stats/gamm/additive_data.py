"""Data with known curves and known random effects."""

import numpy as np
import pandas as pd


def crossed(seed: int = 1, n: int = 300, sites: int = 14, species: int = 9) -> pd.DataFrame:
    """A smooth of x, a slope on z, sites with intercepts and slopes on x that go together, species."""
    rng = np.random.default_rng(seed)
    data = pd.DataFrame(
        {
            "x": rng.uniform(0, 1, n),
            "z": rng.normal(size=n),
            "site": rng.integers(0, sites, n),
            "species": rng.integers(0, species, n),
            "managed": rng.choice(["no", "yes"], n),
        }
    )
    effects = rng.multivariate_normal([0, 0], [[0.36, -0.15], [-0.15, 0.25]], sites)
    data["truth"] = np.sin(2 * np.pi * data["x"]) + 0.3 * data["z"] + 0.5 * (data["managed"] == "yes")
    groups = (
        effects[data["site"], 0] + effects[data["site"], 1] * data["x"] + rng.normal(0, 0.4, species)[data["species"]]
    )
    data["y"] = data["truth"] + groups + rng.normal(0, 0.4, n)
    data["site"] = "s" + data["site"].astype(str).str.zfill(2)
    return data
