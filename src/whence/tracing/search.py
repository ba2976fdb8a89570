"""Which custodians are sources, found together: add the best, refit, weigh each given the rest.

A *slot* is one source and whoever competes with it for the same reports. Its rivals are weighed
by taking the source out and looking again; a custodian that keeps its evidence when the source is
back in is no rival but another source.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from whence.tracing import evidence as ev, fitting, windows
from whence.tracing.problem import Problem, Slot, Solution, Source
from whence.tracing.weighing import Weighing, modes

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ADD_ODDS: Final = 1.0  # a source is added when it is likelier than not
WEAK_ODDS: Final = 0.04  # below a posterior of about 0.04 nothing is worth a slot
_RIVAL_PART: Final = 0.25  # of what a source explains, that a rival must have touched
_KIND_PRIOR: Final = 4.0  # sources that each kind is taken to have had elsewhere
_MAX_ROUNDS: Final = 6
_MAX_SOURCES: Final = 400
_MOST_HALVES: Final = 3  # rivals tried as one of two
_FRESH_AT_ONCE: Final = 8  # stale candidates computed together


class Search:
    """One run of the search; ``solve`` is its only verb."""

    def __init__(self, problem: Problem, on_step: Callable[[int], None]) -> None:
        self._p = problem
        self._on_step = on_step
        self._sources: list[Source] = []
        self._model = fitting.first_model(problem)
        self._weighing = Weighing(problem.scene)
        self._heat = fitting.Heat(problem)

    def solve(self) -> Solution:
        """Search until nothing changes, then weigh every slot given the others."""
        self._weigh_all()
        settled: set[frozenset[int]] = set()
        for _ in range(_MAX_ROUNDS):
            self._add_all(ADD_ODDS)
            self._reconsider()
            self._refit()
            found = frozenset(source.candidate for source in self._sources)
            if found in settled:
                break
            settled.add(found)
        self._weigh_all()
        self._add_all(WEAK_ODDS)
        self._freshen(np.arange(len(self._p.kinds)))
        slots = tuple(self._slot(source) for source in self._sources)
        factors = self._log_factors()
        return Solution(slots, self._model, factors, self._log_odds(factors))

    # --- what is known now -------------------------------------------------------------------

    def _given(self, without: Source | None = None, beside: Source | None = None) -> ev.Given:
        """Return what the background and all sources explain, less one, with another beside."""
        scene = self._p.scene
        added = np.zeros(self._p.n_reports)
        explained = np.zeros(self._p.n_samples)
        sources = [source for source in self._sources if source is not without]
        for source in [*sources, *([beside] if beside else [])]:
            added[scene.touches.report[scene.touches.of(source.candidate)]] += source.adds
            for sample in scene.samples.get(source.candidate, ()):
                gain = windows.sample_explained(scene, sample, source.candidate, source.window)
                explained[sample.sample] = max(explained[sample.sample], gain)
        return ev.Given(self._model.base, added, self._model.own, explained)

    def _weigh_all(self) -> None:
        self._weighing.weigh_all(self._given(), self._model.delay)

    def _freshen(self, candidates: Ints) -> None:
        self._weighing.settle(candidates)
        stale = candidates[self._weighing.stale[candidates]]
        if len(stale):
            self._weighing.weigh(self._given(), self._model.delay, stale)

    def _refit(self) -> None:
        """One round of EM over background, delays and overdispersion, given the sources."""
        intensity = self._given().intensity
        self._model = fitting.refitted(self._p, self._model, self._sources, intensity)
        for i, source in enumerate(self._sources):
            self._sources[i] = self._source(source.candidate, source.belief, source)
        self._weighing.weigh_promising(self._given(), self._model.delay)

    def _log_factors(self) -> Floats:
        """Return log Bayes factors against a custodian that is merely hotter than its strata."""
        unrelated = self._model.base / self._given().intensity
        return self._weighing.combined - self._heat.log_hot(self._model, unrelated)

    def _log_odds(self, log_factors: Floats, without: Source | None = None) -> Floats:
        """Return log posterior odds: the prior is shared among kinds first, then within a kind.

        Kinds in which sources were found already are likelier to have another.
        """
        p = self._p
        found = np.zeros(p.n_kinds)
        for source in self._sources:
            if source is not without:
                found[p.kinds[source.candidate]] += source.belief
        share = (found + _KIND_PRIOR) / (found.sum() + _KIND_PRIOR * p.n_kinds)
        expected = 0.5 * (1.0 + found.sum()) * share
        return np.asarray(log_factors + np.log(expected)[p.kinds] + p.log_prior)

    # --- sources -------------------------------------------------------------------------------

    def _source(
        self, candidate: int, belief: float = 1.0, instead_of: Source | None = None
    ) -> Source:
        scene, delay = self._p.scene, self._model.delay
        window = windows.posterior(scene, self._given(without=instead_of), delay, candidate)
        return Source(
            candidate, window, *windows.contributions(scene, delay, candidate, window), belief
        )

    def _add_all(self, odds: float) -> None:
        """Add the best candidate as long as its odds are above ``odds``."""
        since_refit = 0
        while len(self._sources) < _MAX_SOURCES:
            best, log_odds = self._best()
            if log_odds < np.log(odds):
                break
            belief = 1.0 if odds >= ADD_ODDS else float(1.0 / (1.0 + np.exp(-log_odds)))
            self._sources.append(self._source(best, belief))
            self._weighing.stale[self._sharing(best)] = True
            self._on_step(len(self._sources))
            since_refit += 1
            if odds >= ADD_ODDS and since_refit >= max(4, len(self._sources) // 2):
                self._refit()
                since_refit = 0

    def _best(self) -> tuple[int, float]:
        """Return the best candidate that is no source yet; stale bounds are checked on the way."""
        if not len(self._p.kinds):
            return -1, -np.inf
        taken = [source.candidate for source in self._sources]
        while True:
            log_odds = self._log_odds(self._log_factors())
            log_odds[taken] = -np.inf
            best = int(np.argmax(log_odds))
            is_exact = not (self._weighing.stale[best] or self._weighing.pending[best])
            if is_exact or log_odds[best] < np.log(WEAK_ODDS):
                return best, float(log_odds[best])
            first = largest(log_odds, _FRESH_AT_ONCE)
            if not self._weighing.settle(first):
                self._freshen(first)

    def _reconsider(self) -> None:
        """Take each source out and let the best of its rivals have its place, or two, or nobody."""
        for source in list(self._sources):
            slot = self._slot(source)
            best = int(np.argmax(slot.log_weights))
            stays = bool(slot.log_weights[best] >= np.log(ADD_ODDS))
            heir = int(slot.rivals[best])
            if stays and heir == source.candidate:
                self._split(slot)
                continue
            self._sources.remove(source)
            if stays:
                self._sources.append(self._source(heir))
            # Taking a source out raises evidence: bounds no longer hold, so compute at once.
            touched = np.union1d(self._sharing(source.candidate), self._sharing(heir))
            self._weighing.weigh(self._given(), self._model.delay, touched)

    def _split(self, slot: Slot) -> None:
        """Let two rivals have a source's place where both together explain more than it does.

        Two clerks of one shop look like the shop, until somebody asks.
        """
        source = slot.source
        own = float(slot.log_odds[slot.rivals == source.candidate][0])
        for first, seconds, odds in self._halves(slot, own):
            second, log_odds = self._second(source, first, seconds)
            if log_odds <= np.log(ADD_ODDS) or odds + log_odds <= own:
                continue
            at = self._sources.index(source)
            self._sources[at] = self._source(first, instead_of=source)
            self._sources.append(self._source(second))
            touched = np.union1d(self._sharing(source.candidate), self._sharing(second))
            self._weighing.weigh(self._given(), self._model.delay, touched)
            return

    @staticmethod
    def _halves(slot: Slot, own: float) -> list[tuple[int, Ints, float]]:
        """Return rivals that could be one of two, each with those that could be the other.

        What a rival is worth alone bounds what it is worth beside another.
        """
        odds = np.where(slot.rivals == slot.source.candidate, -np.inf, slot.log_odds)
        found = []
        for i in np.argsort(-odds, kind="stable")[:_MOST_HALVES]:
            enough = (odds > np.log(ADD_ODDS)) & (odds + odds[i] > own)
            enough[i] = False
            if odds[i] > np.log(ADD_ODDS) and enough.any():
                found.append((int(slot.rivals[i]), slot.rivals[enough], float(odds[i])))
        return found

    def _second(self, source: Source, first: int, seconds: Ints) -> tuple[int, float]:
        """Return the best second candidate, and its log odds, if ``first`` replaced a source."""
        stand_in = self._source(first, instead_of=source)
        given = self._given(without=source, beside=stand_in)
        log_odds, _ = self._weighed(seconds, given, source)
        best = int(np.argmax(log_odds))
        return int(seconds[best]), float(log_odds[best])

    def _weighed(self, candidates: Ints, given: ev.Given, without: Source) -> tuple[Floats, Floats]:
        """Return log odds and log Bayes factors of some candidates against ``given``."""
        p = self._p
        drip, dump = modes(p.scene, given, self._model.delay, candidates)
        unrelated = self._model.base / given.intensity
        hot = fitting.log_hot(p, self._model, unrelated, candidates)
        log_factors = ev.combined(drip, dump) - hot
        every = np.zeros(len(p.kinds))
        every[candidates] = log_factors
        return self._log_odds(every, without=without)[candidates], log_factors

    def _slot(self, source: Source) -> Slot:
        """Weigh a source and its rivals against none, given all other sources."""
        taken = {s.candidate for s in self._sources if s is not source}
        rivals = np.array([c for c in self._rivals(source) if c not in taken], dtype=np.int64)
        self._freshen(rivals)
        with_source = self._log_odds(self._log_factors())[rivals]
        given = self._given(without=source)
        log_odds, log_factors = self._weighed(rivals, given, source)
        # A custodian that stays likely once the source is in explains other reports: no rival.
        hidden = np.where(rivals == source.candidate, 0.0, -np.logaddexp(0.0, with_source))
        return Slot(source, rivals, log_odds + hidden, log_odds, log_factors, given)

    def _sharing(self, candidate: int) -> Ints:
        """Return the candidates that touched a report or sample which this one touched."""
        touches = self._p.scene.touches
        shared = self._p.touches_of_reports(touches.report[touches.of(candidate)])
        found = np.zeros(len(self._p.kinds), dtype=bool)
        found[self._p.owner[shared]] = True
        if candidate in self._p.scene.samples:
            found[list(self._p.scene.samples)] = True
        found[candidate] = True
        return np.flatnonzero(found)

    def _rivals(self, source: Source) -> Ints:
        """Return the candidates that touched a good part of what the source explains."""
        scene, touches = self._p.scene, self._p.scene.touches
        here = touches.report[touches.of(source.candidate)]
        explained = np.zeros(self._p.n_reports)
        explained[here] = source.adds / self._given().intensity[here]
        shared = self._p.touches_of_reports(here)
        parts = explained[touches.report[shared]]
        common = np.bincount(self._p.owner[shared], parts, len(self._p.kinds))
        found = common >= _RIVAL_PART * explained.sum()
        if source.candidate in scene.samples:
            found[list(scene.samples)] = True
        found[source.candidate] = True
        return np.flatnonzero(found)


def largest(values: Floats, n: int) -> Ints:
    """Return where the largest values stand, of equal ones the first."""
    least = np.partition(values, max(len(values) - n, 0))[max(len(values) - n, 0)]
    at = np.flatnonzero(values >= least)
    return at[np.argsort(-values[at], kind="stable")][:n]
