"""The drug store 药库: what is there and was there, goods in, what wants attention, and the way of a lot. Moves are :mod:`server.stock_book`'s."""
