-- What the database itself refuses about settlements, and the accounts and first rows that they need.

CREATE FUNCTION check_settlement_state() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state NOT IN ('OPEN') THEN
            RAISE EXCEPTION 'settlement cannot begin as %', NEW.state USING ERRCODE = 'check_violation';
        END IF;
    ELSIF NOT (OLD.state || '>' || NEW.state) = ANY (ARRAY[
        'OPEN>DONE', 'OPEN>FAILED', 'OPEN>QUOTED', 'OPEN>UNKNOWN',
        'QUOTED>FAILED', 'QUOTED>OPEN', 'UNKNOWN>DONE', 'UNKNOWN>FAILED',
        'UNKNOWN>OPEN'
    ]) THEN
        RAISE EXCEPTION 'settlement cannot go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER begins BEFORE INSERT ON settlement FOR EACH ROW EXECUTE FUNCTION check_settlement_state();
CREATE TRIGGER steps BEFORE UPDATE OF state ON settlement FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state)
    EXECUTE FUNCTION check_settlement_state();

CREATE FUNCTION check_channel_call_state() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state NOT IN ('PENDING') THEN
            RAISE EXCEPTION 'channel_call cannot begin as %', NEW.state USING ERRCODE = 'check_violation';
        END IF;
    ELSIF NOT (OLD.state || '>' || NEW.state) = ANY (ARRAY[
        'PENDING>REJECTED', 'PENDING>SUCCESS', 'PENDING>UNKNOWN', 'SUCCESS>REVERSED',
        'UNKNOWN>REJECTED', 'UNKNOWN>REVERSED', 'UNKNOWN>SUCCESS'
    ]) THEN
        RAISE EXCEPTION 'channel_call cannot go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER begins BEFORE INSERT ON channel_call FOR EACH ROW EXECUTE FUNCTION check_channel_call_state();
CREATE TRIGGER steps BEFORE UPDATE OF state ON channel_call FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state)
    EXECUTE FUNCTION check_channel_call_state();

CREATE FUNCTION check_insurance_call_state() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state NOT IN ('PENDING') THEN
            RAISE EXCEPTION 'insurance_call cannot begin as %', NEW.state USING ERRCODE = 'check_violation';
        END IF;
    ELSIF NOT (OLD.state || '>' || NEW.state) = ANY (ARRAY[
        'PENDING>REJECTED', 'PENDING>SUCCESS', 'PENDING>UNKNOWN', 'SUCCESS>REVERSED',
        'UNKNOWN>REJECTED', 'UNKNOWN>REVERSED', 'UNKNOWN>SUCCESS'
    ]) THEN
        RAISE EXCEPTION 'insurance_call cannot go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER begins BEFORE INSERT ON insurance_call FOR EACH ROW EXECUTE FUNCTION check_insurance_call_state();
CREATE TRIGGER steps BEFORE UPDATE OF state ON insurance_call FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state)
    EXECUTE FUNCTION check_insurance_call_state();

CREATE FUNCTION check_insurance_settlement_state() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state NOT IN ('PERSON_READ') THEN
            RAISE EXCEPTION 'insurance_settlement cannot begin as %', NEW.state USING ERRCODE = 'check_violation';
        END IF;
    ELSIF NOT (OLD.state || '>' || NEW.state) = ANY (ARRAY[
        'DIAGNOSED>CANCELLED', 'DIAGNOSED>UPLOADED', 'PERSON_READ>CANCELLED', 'PERSON_READ>REGISTERED',
        'QUOTED>CANCELLED', 'QUOTED>DIAGNOSED', 'QUOTED>SETTLED', 'QUOTED>UPLOADED',
        'REGISTERED>CANCELLED', 'REGISTERED>DIAGNOSED', 'SETTLED>CANCELLED', 'UPLOADED>CANCELLED',
        'UPLOADED>DIAGNOSED', 'UPLOADED>QUOTED'
    ]) THEN
        RAISE EXCEPTION 'insurance_settlement cannot go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER begins BEFORE INSERT ON insurance_settlement FOR EACH ROW EXECUTE FUNCTION check_insurance_settlement_state();
CREATE TRIGGER steps BEFORE UPDATE OF state ON insurance_settlement FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state)
    EXECUTE FUNCTION check_insurance_settlement_state();

CREATE FUNCTION check_einvoice_state() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state NOT IN ('PENDING') THEN
            RAISE EXCEPTION 'einvoice cannot begin as %', NEW.state USING ERRCODE = 'check_violation';
        END IF;
    ELSIF NOT (OLD.state || '>' || NEW.state) = ANY (ARRAY[
        'FAILED>PENDING', 'PENDING>FAILED', 'PENDING>ISSUED', 'PENDING>UNKNOWN',
        'UNKNOWN>FAILED', 'UNKNOWN>ISSUED', 'UNKNOWN>PENDING'
    ]) THEN
        RAISE EXCEPTION 'einvoice cannot go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER begins BEFORE INSERT ON einvoice FOR EACH ROW EXECUTE FUNCTION check_einvoice_state();
CREATE TRIGGER steps BEFORE UPDATE OF state ON einvoice FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state)
    EXECUTE FUNCTION check_einvoice_state();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON deposit_entry FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON credit_entry FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON expense FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON invoice_print FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON insurance_line FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The message id of the insurance (DOMAIN.md §1.3) ends in four digits that run round; several desks share one institution code.
CREATE SEQUENCE insurance_msgid MINVALUE 0 MAXVALUE 9999 START 0 CYCLE;
-- Order numbers that payment channels know us by.
CREATE SEQUENCE channel_order;

INSERT INTO ledger_account (code, kind) VALUES
    ('tender:unionpay', 'asset'), ('tender:ecny', 'asset'), ('tender:fund', 'asset'), ('tender:account', 'asset'),
    ('tender:mutual_aid', 'asset'), ('tender:hospital', 'expense'), ('tender:deposit', 'liability'), ('tender:credit', 'asset'),
    ('tender:green', 'asset'), ('tender:waiver', 'expense'), ('tender:bank', 'asset'), ('rounding', 'income'), ('vault', 'asset'),
    ('over_short', 'expense'),
    ('expense:drugs', 'expense'), ('expense:materials', 'expense'), ('expense:wages', 'expense'), ('expense:rent', 'expense'),
    ('expense:utilities', 'expense'), ('expense:equipment', 'expense'), ('expense:maintenance', 'expense'), ('expense:office', 'expense'),
    ('expense:tax', 'expense'), ('expense:other', 'expense');

INSERT INTO money_rules (id, waiver_limits) OVERRIDING SYSTEM VALUE VALUES (1, '{"cashier": 0, "manager": 50000}');
INSERT INTO insurance_setup (id, province, url, fixmedins_code, fixmedins_name, mdtrtarea_admvs, options) OVERRIDING SYSTEM VALUE
    VALUES (1, '', '', '', '', '', '{}');

-- One price at any time for each item: what is charged today is where its history begins.
INSERT INTO service_price (service_item_id, price, valid_from, document, entered_at, entered_by)
    SELECT i.id, i.price, DATE '2000-01-01', '', now(), s.id FROM service_item i, staff s WHERE s.login = 'system';

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'xinglin_app') THEN
        -- New tables come with the owner's default privileges, which are wider than what the service needs.
        REVOKE UPDATE, DELETE, TRUNCATE ON approval, badge, channel_call, channel_movement, channel_statement, credit_account,
            credit_entry, credit_member, day_close, deposit, deposit_entry, einvoice, expense, insurance_call, insurance_catalogue,
            insurance_code, insurance_dictionary, insurance_errand, insurance_line, insurance_mapping, insurance_settlement, insurance_setup,
            insurance_sign_in, insurance_statement, insurance_upload, invoice_print, invoice_segment, money_difference, money_rules, roll_up, route_surcharge,
            service_package, service_package_line, service_price, settlement FROM xinglin_app;
        GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA public TO xinglin_app;
        GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO xinglin_app;
        GRANT UPDATE ON approval, badge, channel_call, channel_movement, channel_statement, credit_account, credit_member, day_close, deposit, einvoice, insurance_call,
            insurance_catalogue, insurance_code, insurance_dictionary, insurance_errand, insurance_mapping, insurance_settlement, insurance_setup,
            insurance_sign_in, insurance_statement, insurance_upload, invoice_segment, money_difference, money_rules, route_surcharge, service_package,
            service_package_line, service_price, settlement TO xinglin_app;
        GRANT DELETE ON insurance_catalogue, insurance_code, insurance_dictionary, route_surcharge, service_package_line TO xinglin_app;
    END IF;
END $$;
