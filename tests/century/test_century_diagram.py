"""The picture shows the flows that the equations have, and no others."""

import numpy as np
import pytest
from examples import draws, many

from coldcarbon.century import CENTURY, NAMES, prepared, reference, total_carbon
from coldcarbon.century.diagram import FLOWS, POOL_WORDS, RESPIRING, pool_diagram


def test_arrows_are_the_flows_of_carbon_in_the_model() -> None:
    # one unit in one pool: after a month without growth, what else holds carbon is what it flowed to, or farther on
    sites = many(1, seed=5)
    months = np.zeros((1, 12), dtype=bool)
    series = (sites.minimum_celsius + 12, sites.maximum_celsius + 12, sites.precipitation_mm)
    climate = prepared.prepare_climate(sites.latitude_degrees, *series, months, months, None, CENTURY)
    soil = prepared.prepare_soil(sites, CENTURY)
    for pool in POOL_WORDS:
        start = np.zeros((1, len(NAMES)))
        start[0, 2:6], start[0, NAMES.index(pool)] = soil.wilting[:, 0] + 1, 1.0
        end, flows, _ = reference.run(start, climate, soil, draws(1), CENTURY, months=7)
        reached = {name for name in POOL_WORDS if end[0, NAMES.index(name)] > 0} - {pool}
        farther = {pool}
        for _ in range(len(FLOWS)):
            farther |= {b for a, b in FLOWS if a in farther}
        assert reached == farther - {pool}, pool
        respired = sum(month.respiration[0] for month in flows)
        assert respired > 0
        assert total_carbon(end)[0] < 1
    assert {name for name in POOL_WORDS if name not in RESPIRING} == {"AGLIVC", "STDEDC", "BGLIVC"}


def test_every_pool_is_drawn_with_its_size() -> None:
    sizes = {name: 10.0 + place for place, name in enumerate(NAMES)}
    figure = pool_diagram(sizes)
    texts = [text.get_text() for text in figure.axes[0].texts]
    for name, words in POOL_WORDS.items():
        assert f"{words}\n{name}\n{sizes[name]:.0f}" in texts
    with pytest.raises(KeyError, match="no size for SOM3C"):
        pool_diagram({name: size for name, size in sizes.items() if name != "SOM3C"})
