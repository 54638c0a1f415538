-- Places besides the pharmacy, and the kinds of moves between them.

-- The store behind the pharmacy, and what was sent from one place and has not arrived at the other.
INSERT INTO stock_location (code, name) VALUES ('STORE', '药库'), ('TRANSIT', '在途');

ALTER TABLE stock_move DROP CONSTRAINT ck_stock_move_kind;
ALTER TABLE stock_move ADD CONSTRAINT ck_stock_move_kind
    CHECK (kind IN ('RECEIPT', 'DISPENSE', 'RETURN', 'ADJUST', 'TRANSFER', 'DAMAGE', 'DESTROY', 'SUPPLIER_RETURN'));
