-- What the database itself refuses, whoever asks: illegal steps, unbalanced money, edited history.

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_leaf FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_checkpoint FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON request_log FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_account FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_operation FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_posting FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON stock_move FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON record_version FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON patient_version FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON number_gap FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();


CREATE FUNCTION check_visit_state() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state NOT IN ('REGISTERED', 'UNPAID', 'WAITING') THEN
            RAISE EXCEPTION 'visit cannot begin as %', NEW.state USING ERRCODE = 'check_violation';
        END IF;
    ELSIF NOT (OLD.state || '>' || NEW.state) = ANY (ARRAY[
        'CALLED>IN_CONSULT', 'CALLED>PASSED', 'CALLED>WAITING', 'CHECKED_IN>CANCELLED',
        'CHECKED_IN>WAITING', 'FINISHED>CLOSED', 'FINISHED>IN_CONSULT', 'IN_CONSULT>FINISHED',
        'IN_CONSULT>ON_HOLD', 'ON_HOLD>FINISHED', 'ON_HOLD>IN_CONSULT', 'PASSED>CALLED',
        'PASSED>CANCELLED', 'PASSED>WAITING', 'REGISTERED>CANCELLED', 'REGISTERED>CHECKED_IN',
        'REGISTERED>NO_SHOW', 'UNPAID>CANCELLED', 'UNPAID>NO_SHOW', 'UNPAID>REGISTERED',
        'WAITING>CALLED', 'WAITING>CANCELLED'
    ]) THEN
        RAISE EXCEPTION 'visit cannot go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER begins BEFORE INSERT ON visit FOR EACH ROW EXECUTE FUNCTION check_visit_state();
CREATE TRIGGER steps BEFORE UPDATE OF state ON visit FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state)
    EXECUTE FUNCTION check_visit_state();


CREATE FUNCTION check_prescription_state() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state NOT IN ('DRAFT', 'SUBMITTED') THEN
            RAISE EXCEPTION 'prescription cannot begin as %', NEW.state USING ERRCODE = 'check_violation';
        END IF;
    ELSIF NOT (OLD.state || '>' || NEW.state) = ANY (ARRAY[
        'APPROVED>EXPIRED', 'APPROVED>PAID', 'APPROVED>VOIDED', 'DISPENSED>PAID',
        'DISPENSED>PART_RETURNED', 'DISPENSED>RETURNED', 'DRAFT>SUBMITTED', 'DRAFT>VOIDED',
        'OVERRIDDEN>EXPIRED', 'OVERRIDDEN>PAID', 'OVERRIDDEN>VOIDED', 'PAID>APPROVED',
        'PAID>DISPENSED', 'PAID>PART_DISPENSED', 'PAID>PICKED', 'PAID>VOIDED',
        'PART_DISPENSED>DISPENSED', 'PART_DISPENSED>PART_RETURNED', 'PART_DISPENSED>RETURNED', 'PART_RETURNED>PART_RETURNED',
        'PART_RETURNED>RETURNED', 'PICKED>DISPENSED', 'PICKED>PAID', 'PICKED>PART_DISPENSED',
        'REJECTED>EXPIRED', 'REJECTED>OVERRIDDEN', 'REJECTED>SUBMITTED', 'REJECTED>VOIDED',
        'SUBMITTED>APPROVED', 'SUBMITTED>EXPIRED', 'SUBMITTED>REJECTED', 'SUBMITTED>VOIDED'
    ]) THEN
        RAISE EXCEPTION 'prescription cannot go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER begins BEFORE INSERT ON prescription FOR EACH ROW EXECUTE FUNCTION check_prescription_state();
CREATE TRIGGER steps BEFORE UPDATE OF state ON prescription FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state)
    EXECUTE FUNCTION check_prescription_state();


CREATE FUNCTION check_charge_line_state() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state NOT IN ('PENDING', 'SETTLED') THEN
            RAISE EXCEPTION 'charge_line cannot begin as %', NEW.state USING ERRCODE = 'check_violation';
        END IF;
    ELSIF NOT (OLD.state || '>' || NEW.state) = ANY (ARRAY[
        'PART_REFUNDED>PART_REFUNDED', 'PART_REFUNDED>REFUNDED', 'PENDING>SETTLED', 'PENDING>VOIDED',
        'SETTLED>PART_REFUNDED', 'SETTLED>REFUNDED'
    ]) THEN
        RAISE EXCEPTION 'charge_line cannot go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER begins BEFORE INSERT ON charge_line FOR EACH ROW EXECUTE FUNCTION check_charge_line_state();
CREATE TRIGGER steps BEFORE UPDATE OF state ON charge_line FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state)
    EXECUTE FUNCTION check_charge_line_state();


CREATE FUNCTION check_payment_state() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state NOT IN ('PAID', 'PENDING') THEN
            RAISE EXCEPTION 'payment cannot begin as %', NEW.state USING ERRCODE = 'check_violation';
        END IF;
    ELSIF NOT (OLD.state || '>' || NEW.state) = ANY (ARRAY[
        'PAID>REFUNDED', 'PAID>REFUNDING', 'PAYING>PAID', 'PAYING>UNKNOWN',
        'PAYING>VOIDED', 'PENDING>PAID', 'PENDING>PAYING', 'PENDING>UNKNOWN',
        'PENDING>VOIDED', 'REFUNDING>PAID', 'REFUNDING>REFUNDED', 'REFUNDING>UNKNOWN',
        'UNKNOWN>PAID', 'UNKNOWN>REFUNDED', 'UNKNOWN>VOIDED'
    ]) THEN
        RAISE EXCEPTION 'payment cannot go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER begins BEFORE INSERT ON payment FOR EACH ROW EXECUTE FUNCTION check_payment_state();
CREATE TRIGGER steps BEFORE UPDATE OF state ON payment FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state)
    EXECUTE FUNCTION check_payment_state();


CREATE FUNCTION check_invoice_state() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state NOT IN ('UNUSED', 'USED') THEN
            RAISE EXCEPTION 'invoice cannot begin as %', NEW.state USING ERRCODE = 'check_violation';
        END IF;
    ELSIF NOT (OLD.state || '>' || NEW.state) = ANY (ARRAY[
        'REPRINTED>REPRINTED', 'REPRINTED>REVERSED', 'REPRINTED>VOIDED', 'UNUSED>USED',
        'UNUSED>VOIDED', 'USED>REPRINTED', 'USED>REVERSED', 'USED>VOIDED'
    ]) THEN
        RAISE EXCEPTION 'invoice cannot go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER begins BEFORE INSERT ON invoice FOR EACH ROW EXECUTE FUNCTION check_invoice_state();
CREATE TRIGGER steps BEFORE UPDATE OF state ON invoice FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state)
    EXECUTE FUNCTION check_invoice_state();


CREATE FUNCTION check_shift_state() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state NOT IN ('OPENED') THEN
            RAISE EXCEPTION 'shift cannot begin as %', NEW.state USING ERRCODE = 'check_violation';
        END IF;
    ELSIF NOT (OLD.state || '>' || NEW.state) = ANY (ARRAY[
        'ACCEPTED>CLOSED', 'ACCEPTED>SUBMITTED', 'CLOSED>ACCEPTED', 'CLOSED>ROLLED_UP',
        'COUNTED>OPENED', 'COUNTED>SUBMITTED', 'OPENED>COUNTED', 'SUBMITTED>ACCEPTED',
        'SUBMITTED>COUNTED'
    ]) THEN
        RAISE EXCEPTION 'shift cannot go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER begins BEFORE INSERT ON shift FOR EACH ROW EXECUTE FUNCTION check_shift_state();
CREATE TRIGGER steps BEFORE UPDATE OF state ON shift FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state)
    EXECUTE FUNCTION check_shift_state();


-- Each operation's postings sum to zero when the transaction ends, and nobody adds to an operation of an earlier one.
CREATE FUNCTION check_operation_balances() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    total numeric;
    postings bigint;
BEGIN
    SELECT sum(amount_fen), count(*) INTO total, postings FROM ledger_posting WHERE operation_id = NEW.id;
    IF postings < 2 OR total <> 0 THEN
        RAISE EXCEPTION 'ledger operation % does not balance: % postings, sum %', NEW.id, postings, total USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER balances AFTER INSERT ON ledger_operation DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION check_operation_balances();

CREATE FUNCTION check_operation_is_open() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM (SELECT DISTINCT operation_id FROM added) a JOIN ledger_operation o ON o.id = a.operation_id
               WHERE o.xid <> pg_current_xact_id()) THEN
        RAISE EXCEPTION 'a posting was added to a closed ledger operation' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER operation_is_open AFTER INSERT ON ledger_posting REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION check_operation_is_open();


INSERT INTO ledger_account (code, kind) VALUES
    ('tender:cash', 'asset'), ('tender:card', 'asset'), ('tender:wechat', 'asset'), ('tender:alipay', 'asset'),
    ('income:consultation', 'income'), ('income:exam', 'income'), ('income:lab', 'income'), ('income:treatment', 'income'),
    ('income:surgery', 'income'), ('income:material', 'income'), ('income:western_drug', 'income'), ('income:herbal', 'income'),
    ('income:patent', 'income'), ('income:general', 'income'), ('income:registration', 'income'), ('income:other', 'income');

INSERT INTO stock_location (code, name) VALUES ('PHARMACY', '门诊药房');

-- Acts of the machine's administrator (set-up, import) are kept under this name; no password fits it.
INSERT INTO staff (login, name, roles, password_hash, must_change_password, password_changed_at)
    VALUES ('system', '系统', '{}', '!', false, now());

-- The service's role may read and add, change what lives, and never touch history.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'xinglin_app') THEN
        REVOKE ALL ON ALL TABLES IN SCHEMA public FROM xinglin_app;
        GRANT USAGE ON SCHEMA public TO xinglin_app;
        GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA public TO xinglin_app;
        GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO xinglin_app;
        GRANT UPDATE ON bill, charge_line, clinic, clinic_session, code_name, department, desk, diagnosis, drug, drug_code, frequency, invoice,
            number_series, pairing_offer, patient, payment, pick, prescription, prescription_line, record, region, route, service_item, session,
            shift, staff, stock_balance, stock_batch, stock_level, stock_reservation, visit, dispensed_code TO xinglin_app;
        GRANT DELETE ON outbox, patient_spelling, drug_spelling, diagnosis_spelling, drug_code TO xinglin_app;
    END IF;
END $$;
