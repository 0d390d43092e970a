"""The examples in the documentation of the scoring package are true."""

import doctest
import importlib
import pkgutil

import pytest

from indicators import scoring

MODULES = [f"{scoring.__name__}.{module.name}" for module in pkgutil.iter_modules(scoring.__path__)]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_are_true(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_there_are_examples():
    finder = doctest.DocTestFinder(exclude_empty=True)
    tried = sum(len(test.examples) for name in MODULES for test in finder.find(importlib.import_module(name)))
    assert tried > 60
