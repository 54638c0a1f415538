"""Settlements that need somebody outside: the insurance, a payment channel (DOMAIN.md §1.6, §5.3).

A settlement is a row with a plan. Its *errand*, a thread of the service, takes it from step to step. Each step is

1. a transaction that writes down what is going to be asked (:mod:`server.settling.steps`),
2. the question, with no transaction open (:mod:`server.settling.errands`),
3. a transaction that writes down what became of it (:mod:`server.settling.outcomes`).

So whatever process dies, and wherever, the rows say what may have happened outside, and the next errand asks. What is unknown is asked for or
reversed, never guessed and never done a second time.
"""
