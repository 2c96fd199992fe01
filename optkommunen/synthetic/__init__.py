"""Musterkommunen: 69 invented places with returns, services and a known truth, drawn from a seed.

Everybody may try every method on them, and every method can be proven on them. Nothing here is a finding on a real
place: what is taken from reality are ring sizes, moments of official context figures and orders of magnitude.
"""

from optkommunen.synthetic.generator import Effects, Generator, Synthetic
from optkommunen.synthetic.places import CONTEXT, LAND_SIZES, RING_SIZES, ContextMoments, context_moments
from optkommunen.synthetic.truth import SCENARIOS

__all__ = [
    "CONTEXT",
    "LAND_SIZES",
    "RING_SIZES",
    "SCENARIOS",
    "ContextMoments",
    "Effects",
    "Generator",
    "Synthetic",
    "context_moments",
]
