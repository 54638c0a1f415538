-- Batches that keep the size of their packs, and counts of single lines of a stock-take after the others were done.

-- A batch's price is the price of a pack as it came; what it is worth does not change when the catalogue packs the drug otherwise.
ALTER TABLE stock_batch ADD COLUMN pack_size NUMERIC(16, 4);
UPDATE stock_batch b SET pack_size = coalesce((SELECT l.quantity / l.packs FROM stock_receipt_line l WHERE l.batch_id = b.id ORDER BY l.id LIMIT 1),
    d.pack_size) FROM drug d WHERE d.id = b.drug_id;
ALTER TABLE stock_batch ALTER COLUMN pack_size SET NOT NULL;
ALTER TABLE stock_batch ADD CONSTRAINT ck_stock_batch_pack_size CHECK (pack_size > 0);
ALTER TABLE stock_batch DROP CONSTRAINT uq_stock_batch_drug_id_lot_expires_purchase_price_supplier;
ALTER TABLE stock_batch ADD CONSTRAINT uq_stock_batch_goods UNIQUE (drug_id, lot, expires, purchase_price, supplier, pack_size);
CREATE FUNCTION fill_pack_size() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.pack_size := coalesce(NEW.pack_size, (SELECT d.pack_size FROM drug d WHERE d.id = NEW.drug_id));
    RETURN NEW;
END $$;
CREATE TRIGGER packed BEFORE INSERT ON stock_batch FOR EACH ROW EXECUTE FUNCTION fill_pack_size();

-- What a price change was worth was reckoned with the pack of that day.
ALTER TABLE price_change_value ADD COLUMN pack_size NUMERIC(16, 4);
ALTER TABLE price_change_value DISABLE TRIGGER append_only;
UPDATE price_change_value w SET pack_size = d.pack_size FROM price_change_line l JOIN drug d ON d.id = l.drug_id WHERE l.id = w.line_id;
ALTER TABLE price_change_value ENABLE TRIGGER append_only;
ALTER TABLE price_change_value ALTER COLUMN pack_size SET NOT NULL;
ALTER TABLE price_change_value ADD CONSTRAINT ck_price_change_value_pack_size CHECK (pack_size > 0);

-- Rounds beyond the third are counts of a line that two persons made once the counting was done; each has its reason.
ALTER TABLE stock_take_count DROP CONSTRAINT ck_stock_take_count_round;
ALTER TABLE stock_take_count ADD CONSTRAINT ck_stock_take_count_round CHECK (round >= 1);
CREATE TABLE stock_take_recount (
    count_id BIGINT NOT NULL,
    reason TEXT NOT NULL,
    staff_id BIGINT NOT NULL,
    agreed_by BIGINT NOT NULL,
    CONSTRAINT pk_stock_take_recount PRIMARY KEY (count_id),
    CONSTRAINT ck_stock_take_recount_two_persons CHECK (staff_id <> agreed_by),
    CONSTRAINT fk_stock_take_recount_count_id FOREIGN KEY(count_id) REFERENCES stock_take_count (id),
    CONSTRAINT fk_stock_take_recount_staff_id FOREIGN KEY(staff_id) REFERENCES staff (id),
    CONSTRAINT fk_stock_take_recount_agreed_by FOREIGN KEY(agreed_by) REFERENCES staff (id)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON stock_take_recount FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A drug is used when patients get it; that it was carried from the store to the pharmacy, or was broken, is no use.
CREATE OR REPLACE FUNCTION sum_stock_months() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO stock_month AS m (location_id, batch_id, month, quantity, last_out)
        SELECT n.location_id, n.batch_id, date_trunc('month', n.at AT TIME ZONE 'UTC')::date, sum(n.quantity),
            max(n.at) FILTER (WHERE n.kind = 'DISPENSE' AND n.quantity < 0)
        FROM moved n GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
        ON CONFLICT (location_id, batch_id, month)
        DO UPDATE SET quantity = m.quantity + excluded.quantity, last_out = greatest(m.last_out, excluded.last_out);
    RETURN NULL;
END $$;
UPDATE stock_month m SET last_out = o.last_out FROM (SELECT v.location_id, v.batch_id, date_trunc('month', v.at AT TIME ZONE 'UTC')::date AS month,
    max(v.at) FILTER (WHERE v.kind = 'DISPENSE' AND v.quantity < 0) AS last_out FROM stock_move v GROUP BY 1, 2, 3) o
    WHERE (m.location_id, m.batch_id, m.month) = (o.location_id, o.batch_id, o.month) AND m.last_out IS DISTINCT FROM o.last_out;

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'xinglin_app') THEN
        REVOKE UPDATE, DELETE, TRUNCATE ON stock_take_recount FROM xinglin_app;
        GRANT SELECT, INSERT ON stock_take_recount TO xinglin_app;
    END IF;
END $$;
