"""Terms: pure functions from the state of N simulations to arrays that have N rows.

Observations, rewards, failures and the predicates of goals are dictionaries of them.
"""
