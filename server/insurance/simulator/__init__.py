"""A bureau to practise with: a process of its own that speaks the national interface by one province's rules (DOMAIN.md §1.12).

``python -m server.insurance.simulator --state FILE`` says its ports as one line of JSON. What it has committed survives its death by force.
The control address gives it faults, plants and erases settlements, and adds people and list rows; :mod:`server.insurance.simulator.process`
starts it and gives such orders.
"""
