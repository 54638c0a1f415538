-- The history of a generated clinic, by arithmetic on row numbers: visit v, prescription p and bill x follow from each other, so that every
-- table can be filled on its own and the books still agree. Words in braces are filled in by tests/bench/history.py:
--   {N} patients  {V} visits  {K} visits a day  {Q} visits a session (20 sessions a day)  {P} prescriptions  {L} their lines
--   {ENTRY} what an audit entry says  {BK} bills a day (K fees, then 7/10 K prescriptions)  {B} bills  {DAY0} the first day
-- A section begins with "-- @ name"; sections of one stage may run at the same time.

-- @ helpers
CREATE SCHEMA bench;
CREATE FUNCTION bench.pick(id bigint, salt int, n bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS 'SELECT mod(hashint8extended(id, salt) & 9007199254740991, n)';
-- Visits of even sessions go round all patients, those of odd ones round every fifth, who so come six times as often.
CREATE FUNCTION bench.patient_of(v bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS 'SELECT CASE WHEN ((v - 1) / {Q}) % 2 = 0 THEN (v * 104729) % {N} + 1 ELSE (v * 104729) % ({N} / 5) * 5 + 1 END';
CREATE FUNCTION bench.day_of(v bigint) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT {DAY0} + ((v - 1) / {K})::int';
CREATE FUNCTION bench.visit_of(p bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT (p - 1) / 7 * 10 + (p - 1) % 7 + 1';
CREATE FUNCTION bench.time_of(v bigint, hour int) RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
    AS 'SELECT (bench.day_of(v) + make_interval(hours => hour, secs => ((v - 1) % {K}) * 14400.0 / {K}))::timestamptz';
CREATE FUNCTION bench.dated(day date, n bigint) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
    AS $$SELECT to_char(day, 'YYMMDD') || lpad(n::text, greatest(5, length(n::text)), '0')$$;
CREATE FUNCTION bench.request_of(x bigint) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$SELECT md5('bench' || x)::uuid$$;
CREATE FUNCTION bench.tender(x bigint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$SELECT (ARRAY['wechat', 'cash', 'alipay', 'card'])[1 + bench.pick(x, 9, 4)]$$;
CREATE FUNCTION bench.iso(at timestamptz) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
    AS $$SELECT to_char(at, 'YYYY-MM-DD"T"HH24:MI:SS.US') || '+08:00'$$;

CREATE TABLE bench.drug AS
    SELECT row_number() OVER (ORDER BY d.id) - 1 AS i, d.id, d.name, d.specification, d.form, d.default_dose AS dose, d.dose_unit,
        f.code AS frequency, f.name_zh AS frequency_text, r.code AS route, r.name_zh AS route_text, d.default_days AS days,
        d.base_unit AS unit, d.pack_unit, d.pack_size, d.price, round(d.price / d.pack_size, 6) AS unit_price, d.skin_test
    FROM drug d JOIN frequency f ON f.code = d.default_frequency JOIN route r ON r.code = d.default_route
    WHERE d.drug_class = 'western' AND d.rx_class = 'ordinary' AND d.antibacterial = 'none' AND d.pack_size = trunc(d.pack_size)
        AND NOT f.needs_total AND d.active;
CREATE TABLE bench.disease AS SELECT row_number() OVER (ORDER BY code) - 1 AS i, code, name FROM (SELECT * FROM diagnosis ORDER BY code LIMIT 300) d;
CREATE TABLE bench.region AS SELECT row_number() OVER (ORDER BY code) - 1 AS i, code FROM region WHERE code NOT LIKE '%00';
CREATE TABLE bench.fee AS SELECT code, name, unit, category, price, round(price * 100)::bigint AS fen FROM service_item WHERE code = 'C001';

INSERT INTO staff (login, name, title, department_id, roles, password_hash, must_change_password, password_changed_at, antibacterial_level)
    SELECT format('bench-%s-%s', kind, lpad(i::text, 2, '0')), surname || '医生', '主治医师', (SELECT id FROM department WHERE code = dept),
        ARRAY[kind], '!', false, now(), 'special'
    FROM (VALUES ('doctor', 'NK', 60), ('cashier', 'SF', 10), ('pharmacist', 'YF', 10), ('registration_clerk', 'BG', 10)) AS k(kind, dept, n)
    CROSS JOIN LATERAL generate_series(1, n) AS i
    CROSS JOIN LATERAL (SELECT substr('赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳', i, 1)) AS s(surname);
CREATE TABLE bench.person AS
    SELECT substring(s.login from 'bench-(.*)-') AS kind, right(s.login, 2)::int - 1 AS i, s.id, s.name, s.title, d.id AS department_id, d.name AS department
    FROM staff s JOIN department d ON d.id = s.department_id WHERE s.login LIKE 'bench-%';
CREATE VIEW bench.doctor AS SELECT * FROM bench.person WHERE kind = 'doctor';
CREATE VIEW bench.cashier AS SELECT * FROM bench.person WHERE kind = 'cashier';

-- Lines of prescriptions: one, two and three in turn, so six for three prescriptions.
CREATE VIEW bench.line AS
    SELECT l.id, l.p, l.k, bench.visit_of(l.p) AS v, 1 + bench.pick(l.id, 6, 2) AS packs, d.id AS drug_id, d.name, d.specification, d.form,
        d.dose, d.dose_unit, d.frequency, d.frequency_text, d.route, d.route_text, d.days, d.unit, d.pack_unit, d.pack_size, d.price,
        d.unit_price, d.skin_test, d.i
    FROM (SELECT id, (id - 1) / 6 * 3 + CASE (id - 1) % 6 WHEN 0 THEN 1 WHEN 1 THEN 2 WHEN 2 THEN 2 ELSE 3 END AS p,
              (id - 1) % 6 - CASE (id - 1) % 6 WHEN 0 THEN 0 WHEN 1 THEN 1 WHEN 2 THEN 1 ELSE 3 END AS k
          FROM generate_series(1::bigint, {L}) AS id) l
    JOIN bench.drug d ON d.i = (bench.pick(l.p, 5, {D}) + l.k * 37) % {D};

-- Bills in the order of time: each day the fees of its visits, then its prescriptions.
CREATE VIEW bench.bill AS
    SELECT x, d, n, CASE WHEN n <= {K} THEN d * {K} + n ELSE bench.visit_of(p) END AS v, p,
        ({DAY0} + d::int) AS day, bench.dated({DAY0} + d::int, n) AS number, lpad(x::text, 10, '0') AS invoice,
        bench.tender(x) AS tender, d * 2 + n % 2 + 1 AS shift_id, n % 2 AS cashier,
        CASE WHEN n <= {K} THEN bench.time_of(d * {K} + n, 8) ELSE bench.time_of(bench.visit_of(p), 13) END AS at
    FROM (SELECT x, (x - 1) / {BK} AS d, (x - 1) % {BK} + 1 AS n,
              CASE WHEN (x - 1) % {BK} + 1 > {K} THEN (x - 1) / {BK} * ({BK} - {K}) + (x - 1) % {BK} + 1 - {K} END AS p
          FROM generate_series(1::bigint, {B}) AS x) b;
CREATE FUNCTION bench.bill_of_prescription(p bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS 'SELECT (p - 1) / ({BK} - {K}) * {BK} + {K} + (p - 1) % ({BK} - {K}) + 1';
CREATE FUNCTION bench.bill_of_visit(v bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS 'SELECT (v - 1) / {K} * {BK} + (v - 1) % {K} + 1';
CREATE TABLE bench.name (i bigint PRIMARY KEY, name text NOT NULL, keys text[] NOT NULL);

-- @ patient
TRUNCATE patient, patient_spelling;
INSERT INTO patient (id, number, name, sex, birth_date, document_kind, document_number, phone, ethnic_group, allergy_state, allergies, version,
    created_at, created_by, last_visit)
SELECT id, lpad(id::text, 8, '0'), name, sex, birth, kind, CASE WHEN kind = 'id_card' THEN s17 || substr('10X98765432', 1 + (
        7 * substr(s17, 1, 1)::int + 9 * substr(s17, 2, 1)::int + 10 * substr(s17, 3, 1)::int + 5 * substr(s17, 4, 1)::int
        + 8 * substr(s17, 5, 1)::int + 4 * substr(s17, 6, 1)::int + 2 * substr(s17, 7, 1)::int + substr(s17, 8, 1)::int
        + 6 * substr(s17, 9, 1)::int + 3 * substr(s17, 10, 1)::int + 7 * substr(s17, 11, 1)::int + 9 * substr(s17, 12, 1)::int
        + 10 * substr(s17, 13, 1)::int + 5 * substr(s17, 14, 1)::int + 8 * substr(s17, 15, 1)::int + 4 * substr(s17, 16, 1)::int
        + 2 * substr(s17, 17, 1)::int) % 11, 1) ELSE '' END,
    CASE WHEN bench.pick(id, 3, 10) < 9 THEN '1' || (ARRAY['38', '39', '50', '59', '86', '77', '33', '91'])[1 + bench.pick(id, 4, 8)]
        || lpad(bench.pick(id, 5, 100000000)::text, 8, '0') ELSE '' END,
    '01', CASE bench.pick(id, 8, 10) WHEN 0 THEN 'known' WHEN 1 THEN 'not_asked' ELSE 'none_known' END,
    CASE bench.pick(id, 8, 10) WHEN 0 THEN '[{"text": "海鲜", "allergen": "", "severe": false}]'::jsonb ELSE '[]' END, 1,
    ({DAY0} - 100)::timestamptz + make_interval(secs => id * 8000000.0 / {N}), (SELECT id FROM bench.person WHERE kind = 'registration_clerk' AND i = 0),
    last_visit
FROM (SELECT g.id, n.name, (1 + g.id % 2)::text AS sex, b.birth, CASE WHEN bench.pick(g.id, 2, 10) < 8 THEN 'id_card' ELSE 'none' END AS kind,
          r.code || to_char(b.birth, 'YYYYMMDD') || lpad((g.id / 2 % 500 * 2 + 1 - g.id % 2)::text, 3, '0') AS s17, w.last_visit
      FROM generate_series(1::bigint, {N}) AS g(id)
      JOIN bench.name n ON n.i = bench.pick(g.id, 1, {NAMES})
      JOIN bench.region r ON r.i = g.id / 1000 % {R}
      CROSS JOIN LATERAL (SELECT DATE '1935-01-01' + (bench.pick(g.id, 7, 2100) * 15 + g.id / (1000 * {R}) % 15)::int AS birth) b
      LEFT JOIN (SELECT bench.patient_of(v) AS id, max(bench.day_of(v)) AS last_visit FROM generate_series(1::bigint, {V}) AS v GROUP BY 1) w
          ON w.id = g.id) p
ORDER BY p.id;
INSERT INTO patient_spelling (key, patient_id)
    SELECT unnest(n.keys), g.id FROM generate_series(1::bigint, {N}) AS g(id) JOIN bench.name n ON n.i = bench.pick(g.id, 1, {NAMES}) ORDER BY g.id;

-- @ clinic_session
INSERT INTO clinic_session (id, date, period, starts, ends, department_id, doctor_id, room, level, capacity, taken, queue_prefix)
    SELECT 1000 + s, {DAY0} + (s / 20)::int, 'morning', '08:00', '12:00', department_id, d.id, (100 + d.i)::text, 'ordinary', {Q} + 10, {Q}, 'N'
    FROM generate_series(0::bigint, {V} / {Q} - 1) AS s JOIN bench.doctor d ON d.i = s % 20;
INSERT INTO clinic_session_fee (session_id, service_item_id)
    SELECT 1000 + s, (SELECT id FROM service_item WHERE code = 'C001') FROM generate_series(0::bigint, {V} / {Q} - 1) AS s;
INSERT INTO shift (id, cashier_id, opened_at, float_fen, state, closed_at)
    SELECT d * 2 + c + 1, k.id, ({DAY0} + d::int + time '07:50')::timestamptz, 0, 'CLOSED', ({DAY0} + d::int + time '18:00')::timestamptz
    FROM generate_series(0::bigint, {V} / {K} - 1) AS d CROSS JOIN generate_series(0, 1) AS c JOIN bench.cashier k ON k.i = c;

-- @ visit
TRUNCATE visit;
INSERT INTO visit (id, number, patient_id, session_id, department_id, doctor_id, date, queue_number, queue_order, state, registered_at,
    registered_by, waiting_since, called_at, started_at, finished_at, slip)
SELECT v, bench.dated(day, n), p.id, 1000 + s, d.department_id, d.id, day, 'N' || lpad(q::text, 3, '0'), q, 'FINISHED', at, clerk, at,
    at + interval '10 min', at + interval '11 min', at + interval '25 min',
    jsonb_build_object('clinic', '杏林诊所', 'visit_number', bench.dated(day, n), 'queue_number', 'N' || lpad(q::text, 3, '0'),
        'patient_number', p.number, 'patient_name', p.name, 'sex', p.sex, 'age', (extract(year FROM age(day, p.birth_date)))::text || '岁',
        'department', d.department, 'doctor', d.name, 'title', d.title, 'level', 'ordinary', 'room', (100 + d.i)::text, 'date', day,
        'starts', '08:00:00', 'ends', '12:00:00', 'waiting_before', q - 1, 'fee_fen', f.fen, 'issued_at', bench.iso(at), 'issued_by', '周清')
FROM (SELECT v, bench.day_of(v) AS day, (v - 1) % {K} + 1 AS n, (v - 1) / {Q} AS s, ((v - 1) % {Q} + 1)::int AS q, bench.time_of(v, 8) AS at,
          (SELECT id FROM bench.person WHERE kind = 'registration_clerk' AND i = 0) AS clerk
      FROM generate_series(1::bigint, {V}) AS v) g
JOIN bench.doctor d ON d.i = g.s % 20
JOIN patient p ON p.id = bench.patient_of(g.v)
CROSS JOIN bench.fee f
ORDER BY v;

-- @ record
TRUNCATE record;
INSERT INTO record (visit_id, version, text, diagnoses, saved_at, saved_by, signed_at, signed_by)
SELECT v, 1, t.text, jsonb_build_array(jsonb_build_object('code', z.code, 'name', z.name, 'suspected', false, 'note', '')),
    bench.time_of(v, 8) + interval '20 min', d.id, bench.time_of(v, 8) + interval '25 min', d.id
FROM generate_series(1::bigint, {V}) AS v
JOIN bench.doctor d ON d.i = (v - 1) / {Q} % 20
JOIN bench.disease z ON z.i = bench.pick(v, 10, 300)
JOIN (VALUES (0, '{"first_visit": true, "chief_complaint": "咳嗽、咳痰三天", "present_illness": "三天前受凉后出现咳嗽，咳少量白色黏痰，无发热，无胸闷气促，自服感冒药后无明显好转。", "past_history": "否认高血压、糖尿病及心脏病史。", "allergy_history": "否认药物及食物过敏史。", "examination": "体温36.7℃，咽部充血，扁桃体不大，双肺呼吸音清，未闻及干湿啰音，心律齐。", "auxiliary": "未查", "treatment": "对症治疗，多饮水，三日后复诊，不适随诊。"}'::jsonb),
    (1, '{"first_visit": false, "chief_complaint": "血压升高五年，复诊", "present_illness": "患者五年前体检发现血压升高，规律服药，近期家中自测血压控制尚可，无头晕头痛，无胸闷心悸，饮食睡眠可。", "past_history": "高血压病史五年，否认糖尿病。", "allergy_history": "否认", "examination": "血压132/84mmHg，心率76次/分，律齐，双肺呼吸音清，双下肢无水肿。", "auxiliary": "近期血脂、肾功能正常", "treatment": "继续目前治疗，低盐饮食，一月后复诊。"}'::jsonb),
    (2, '{"first_visit": true, "chief_complaint": "上腹部隐痛一周", "present_illness": "一周前进食辛辣食物后出现上腹部隐痛，餐后明显，伴反酸、嗳气，无黑便，无呕血，大便正常。", "past_history": "体健", "allergy_history": "否认", "examination": "腹软，剑突下轻压痛，无反跳痛及肌紧张，肝脾肋下未及。", "auxiliary": "建议胃镜检查", "treatment": "抑酸护胃治疗，清淡饮食，两周后复诊。"}'::jsonb)) AS t(i, text)
    ON t.i = bench.pick(v, 11, 3)
ORDER BY v;

-- @ prescription
TRUNCATE prescription;
INSERT INTO prescription (id, number, visit_id, patient_id, doctor_id, department_id, kind, state, signed_at, valid_until, amount_fen, issued,
    reviewer_id, reviewed_at, paid_at, picker_id, picked_at, dispenser_id, dispensed_at)
SELECT g.p, bench.dated(g.day, (g.p - 1) % ({BK} - {K}) + 1), g.v, t.id, d.id, d.department_id, 'ordinary', 'DISPENSED', g.at + interval '22 min',
    (g.day + time '23:59:59')::timestamptz, a.fen,
    jsonb_build_object('clinic', '杏林诊所', 'payer', 'self', 'visit_number', bench.dated(g.day, (g.v - 1) % {K} + 1), 'patient_number', t.number,
        'patient_name', t.name, 'sex', t.sex, 'age', (extract(year FROM age(g.day, t.birth_date)))::text || '岁', 'phone', t.phone,
        'department', d.department, 'diagnoses', jsonb_build_array(z.name || '（' || z.code || '）'), 'allergy_state', t.allergy_state,
        'allergies', '[]'::jsonb, 'doctor', d.name),
    k.id, g.at + interval '30 min', bench.time_of(g.v, 13), k.id, bench.time_of(g.v, 13) + interval '5 min', k.id,
    bench.time_of(g.v, 13) + interval '15 min'
FROM (SELECT p, bench.visit_of(p) AS v, bench.day_of(bench.visit_of(p)) AS day, bench.time_of(bench.visit_of(p), 8) AS at
      FROM generate_series(1::bigint, {P}) AS p) g
JOIN (SELECT p, sum(round(price * packs * 100))::bigint AS fen FROM bench.line GROUP BY p) a ON a.p = g.p
JOIN patient t ON t.id = bench.patient_of(g.v)
JOIN bench.doctor d ON d.i = (g.v - 1) / {Q} % 20
JOIN bench.disease z ON z.i = bench.pick(g.v, 10, 300)
JOIN bench.person k ON k.kind = 'pharmacist' AND k.i = g.p % 10
ORDER BY g.p;

-- @ prescription_line
TRUNCATE prescription_line;
INSERT INTO prescription_line (id, prescription_id, line_no, drug_id, name, specification, form, dose, dose_unit, frequency, frequency_text, route,
    route_text, days, quantity, unit, quantity_text, packs, group_no, skin_test, category, unit_price, amount_fen, dispensed)
SELECT id, p, k + 1, drug_id, name, specification, form, dose, dose_unit, frequency, frequency_text, route, route_text, days, packs * pack_size,
    unit, CASE WHEN unit = pack_unit THEN trim_scale(packs * pack_size) || unit ELSE packs || pack_unit END, packs, 0, skin_test, 'western_drug',
    unit_price, round(price * packs * 100)::bigint, packs * pack_size
FROM bench.line ORDER BY id;

-- @ charge_line
TRUNCATE charge_line;
INSERT INTO charge_line (id, patient_id, visit_id, source, source_number, category, name, quantity, unit, unit_price, amount_fen, refunded_fen,
    department_id, doctor_id, state, created_at, bill_id, settled_at)
SELECT v, bench.patient_of(v), v, 'registration', f.code, f.category, f.name, 1, f.unit, f.price, f.fen, 0, d.department_id, d.id, 'SETTLED',
    bench.time_of(v, 8), bench.bill_of_visit(v), bench.time_of(v, 8)
FROM generate_series(1::bigint, {V}) AS v CROSS JOIN bench.fee f JOIN bench.doctor d ON d.i = (v - 1) / {Q} % 20 ORDER BY v;
INSERT INTO charge_line (id, patient_id, visit_id, source, prescription_id, prescription_line_id, source_number, category, name, specification,
    quantity, unit, unit_price, amount_fen, refunded_fen, department_id, doctor_id, state, created_at, bill_id, settled_at)
SELECT {V} + l.id, bench.patient_of(l.v), l.v, 'prescription', l.p, l.id, bench.dated(bench.day_of(l.v), (l.p - 1) % ({BK} - {K}) + 1), 'western_drug',
    l.name, l.specification, l.packs * l.pack_size, l.unit, l.unit_price, round(l.price * l.packs * 100)::bigint, 0, d.department_id, d.id,
    'SETTLED', bench.time_of(l.v, 8) + interval '30 min', bench.bill_of_prescription(l.p), bench.time_of(l.v, 13)
FROM bench.line l JOIN bench.doctor d ON d.i = (l.v - 1) / {Q} % 20 ORDER BY l.id;

-- @ totals
CREATE TABLE bench.total AS
    SELECT bench.bill_of_prescription(p) AS x, sum(round(price * packs * 100))::bigint AS fen,
        jsonb_agg(jsonb_build_object('category', 'western_drug', 'name', name, 'specification', specification,
            'quantity', trim_scale(packs * pack_size)::text, 'unit', unit, 'amount_fen', round(price * packs * 100)::bigint) ORDER BY id) AS lines
    FROM bench.line GROUP BY p;

-- @ bill
TRUNCATE bill;
INSERT INTO bill (id, number, kind, patient_id, visit_id, total_fen, cashier_id, shift_id, business_date, at, receipt)
SELECT b.x, b.number, 'SALE', p.id, b.v, coalesce(t.fen, f.fen), k.id, b.shift_id, b.day, b.at,
    jsonb_build_object('clinic', '杏林诊所', 'bill_id', b.x, 'bill_number', b.number, 'invoice_number', b.invoice, 'patient_number', p.number,
        'patient_name', p.name, 'sex', p.sex, 'visit_number', bench.dated(b.day, (b.v - 1) % {K} + 1), 'date', b.day, 'issued_at', bench.iso(b.at),
        'cashier', k.name, 'lines', coalesce(t.lines, jsonb_build_array(jsonb_build_object('category', f.category, 'name', f.name,
            'specification', '', 'quantity', '1', 'unit', f.unit, 'amount_fen', f.fen))), 'total_fen', coalesce(t.fen, f.fen),
        'tenders', jsonb_build_array(jsonb_build_object('kind', b.tender, 'amount_fen', coalesce(t.fen, f.fen), 'given_fen', 0, 'reference', '')),
        'change_fen', 0, 'refund_of', '')
FROM bench.bill b
LEFT JOIN bench.total t ON t.x = b.x
JOIN patient p ON p.id = bench.patient_of(b.v)
JOIN bench.cashier k ON k.i = b.cashier
CROSS JOIN bench.fee f
ORDER BY b.x;

-- @ payment
TRUNCATE payment;
INSERT INTO payment (id, bill_id, tender, amount_fen, given_fen, change_fen, reference, state, at)
SELECT b.x, b.x, b.tender, coalesce(t.fen, f.fen), CASE WHEN b.tender = 'cash' THEN coalesce(t.fen, f.fen) ELSE 0 END, 0,
    CASE WHEN b.tender = 'cash' THEN '' ELSE 'T' || b.x END, 'PAID', b.at
FROM bench.bill b LEFT JOIN bench.total t ON t.x = b.x CROSS JOIN bench.fee f ORDER BY b.x;

-- @ invoice
TRUNCATE invoice;
INSERT INTO invoice (id, number, bill_id, state, amount_fen, issued_at, issued_by)
SELECT b.x, b.invoice, b.x, 'USED', coalesce(t.fen, f.fen), b.at, k.id
FROM bench.bill b LEFT JOIN bench.total t ON t.x = b.x JOIN bench.cashier k ON k.i = b.cashier CROSS JOIN bench.fee f ORDER BY b.x;

-- @ ledger
TRUNCATE ledger_operation, ledger_posting;
INSERT INTO ledger_operation (id, kind, at, business_date, staff_id, bill_id, shift_id, request_id)
SELECT b.x, 'SALE', b.at, b.day, k.id, b.x, b.shift_id, bench.request_of(b.x) FROM bench.bill b JOIN bench.cashier k ON k.i = b.cashier ORDER BY b.x;
INSERT INTO ledger_posting (operation_id, account, amount_fen, charge_line_id, payment_id)
SELECT b.x, 'tender:' || b.tender, f.fen, NULL::bigint, b.x FROM bench.bill b CROSS JOIN bench.fee f WHERE b.n <= {K}
UNION ALL SELECT b.x, 'tender:' || b.tender, t.fen, NULL, b.x FROM bench.bill b JOIN bench.total t ON t.x = b.x
UNION ALL SELECT bench.bill_of_visit(v), 'income:' || f.category, -f.fen, v, NULL FROM generate_series(1::bigint, {V}) AS v CROSS JOIN bench.fee f
UNION ALL SELECT bench.bill_of_prescription(p), 'income:western_drug', -round(price * packs * 100)::bigint, {V} + id, NULL FROM bench.line;

-- @ close
-- Each day's two shifts were counted right, handed in and closed. Their hand-in belongs to the request of their last bill.
CREATE TABLE bench.sum AS
    SELECT o.shift_id, p.account, sum(p.amount_fen)::bigint AS fen FROM ledger_operation o JOIN ledger_posting p ON p.operation_id = o.id GROUP BY 1, 2;
CREATE TABLE bench.close AS
    SELECT s.id, s.cashier_id, k.name, s.opened_at, s.closed_at, s.opened_at::date AS day, (s.id - 1) % 2 + 1 AS n, coalesce(c.fen, 0) AS cash,
        b.bills, b.fen, b.first_x, b.last_x
    FROM shift s JOIN bench.cashier k ON k.id = s.cashier_id
    JOIN (SELECT shift_id, count(*) AS bills, sum(total_fen)::bigint AS fen, min(id) AS first_x, max(id) AS last_x FROM bill GROUP BY 1) b ON b.shift_id = s.id
    LEFT JOIN bench.sum c ON c.shift_id = s.id AND c.account = 'tender:cash';
INSERT INTO ledger_operation (id, kind, at, business_date, staff_id, shift_id, request_id)
    SELECT {B} + id, 'HAND_IN', closed_at, day, cashier_id, id, bench.request_of(last_x) FROM bench.close WHERE cash <> 0;
INSERT INTO ledger_posting (operation_id, account, amount_fen)
    SELECT {B} + c.id, p.account, p.sign * c.cash FROM bench.close c CROSS JOIN (VALUES ('tender:cash', -1), ('vault', 1)) AS p(account, sign) WHERE c.cash <> 0;
UPDATE shift s SET counted = jsonb_build_object('pieces', jsonb_build_array(), 'loose_fen', c.cash), counted_fen = c.cash, expected_fen = c.cash,
    counted_at = c.closed_at, submitted_at = c.closed_at, handed_in_fen = c.cash, accepted_by = c.cashier_id, accepted_at = c.closed_at
    FROM bench.close c WHERE c.id = s.id;
INSERT INTO day_close (number, shift_id, business_date, facts, closed_at, closed_by)
SELECT to_char(c.day, 'YYMMDD') || lpad(c.n::text, 3, '0'), c.id, c.day, jsonb_build_object('clinic', '杏林诊所', 'number',
        to_char(c.day, 'YYMMDD') || lpad(c.n::text, 3, '0'), 'cashier', c.name, 'opened_at', bench.iso(c.opened_at), 'closed_at', bench.iso(c.closed_at),
        'business_date', c.day, 'bills', c.bills, 'bills_fen', c.fen, 'refunds', 0, 'refunds_fen', 0, 'reissued', 0, 'invoices', jsonb_build_object(
            'used', jsonb_build_array(jsonb_build_object('first', lpad(c.first_x::text, 10, '0'), 'last', lpad(c.last_x::text, 10, '0'), 'count', c.bills)),
            'used_count', c.bills, 'red', jsonb_build_array(), 'reversed', jsonb_build_array(), 'voided', jsonb_build_array(), 'reprinted', jsonb_build_array()),
        'categories', s.categories, 'tenders', s.tenders, 'insurance', jsonb_build_array(), 'deposits',
        jsonb_build_object('code', 'deposit', 'in_fen', 0, 'out_fen', 0), 'collected_fen', 0, 'waived_fen', 0, 'rounding_fen', 0, 'expenses_fen', 0,
        'float_fen', 0, 'expected_fen', c.cash, 'counted', jsonb_build_array(), 'loose_fen', c.cash, 'counted_fen', c.cash, 'difference_fen', 0,
        'difference_reason', '', 'handed_in_fen', c.cash, 'kept_fen', 0, 'accepted_by', c.name, 'accepted_alone', true,
        'accounts', s.accounts || CASE WHEN c.cash = 0 THEN '{}' ELSE jsonb_build_object('vault', c.cash) END), c.closed_at, c.cashier_id
FROM bench.close c JOIN (SELECT shift_id,
        coalesce(jsonb_agg(jsonb_build_object('code', substr(account, 8), 'in_fen', -fen, 'out_fen', 0)) FILTER (WHERE account LIKE 'income:%'), '[]') AS categories,
        coalesce(jsonb_agg(jsonb_build_object('code', substr(account, 8), 'in_fen', fen, 'out_fen', 0)) FILTER (WHERE account LIKE 'tender:%'), '[]') AS tenders,
        jsonb_object_agg(account, fen) FILTER (WHERE account <> 'tender:cash' AND fen <> 0) AS accounts
    FROM bench.sum GROUP BY shift_id) s ON s.shift_id = c.id ORDER BY c.id;
INSERT INTO number_series (kind, scope, last) SELECT 'day_close', to_char(day, 'YYYY-MM-DD'), count(*) FROM bench.close GROUP BY day;
DROP TABLE bench.sum, bench.close;

-- @ stock
-- A batch of each drug from the first day, of which a million packs are left: measuring must not run out of them.
INSERT INTO stock_batch (drug_id, lot, expires, purchase_price, supplier, received_at, pack_size)
    SELECT id, 'B' || lpad(i::text, 5, '0'), {TODAY} + 900, round(price * 0.8, 2), '样例医药公司', ({DAY0} - 5)::timestamptz, pack_size
    FROM bench.drug;
CREATE TABLE bench.batch AS SELECT b.id, b.drug_id, b.expires, l.id AS location_id FROM stock_batch b CROSS JOIN stock_location l
    WHERE b.lot ~ '^B[0-9]{5}$' AND l.code = 'PHARMACY';
INSERT INTO stock_move (kind, location_id, drug_id, batch_id, quantity, document, staff_id, at)
    SELECT 'RECEIPT', b.location_id, b.drug_id, b.id, d.pack_size * (1000000 + coalesce(u.packs, 0)), 'R' || to_char({DAY0} - 5, 'YYMMDD') || '0001',
        (SELECT id FROM staff WHERE login = 'system'), ({DAY0} - 5)::timestamptz
    FROM bench.batch b JOIN bench.drug d ON d.id = b.drug_id
    LEFT JOIN (SELECT drug_id, sum(packs) AS packs FROM bench.line GROUP BY 1) u ON u.drug_id = b.drug_id;
INSERT INTO stock_move (kind, location_id, drug_id, batch_id, quantity, prescription_line_id, document, staff_id, at)
    SELECT 'DISPENSE', b.location_id, l.drug_id, b.id, -l.packs * l.pack_size, l.id, bench.dated(bench.day_of(l.v), (l.p - 1) % ({BK} - {K}) + 1),
        k.id, bench.time_of(l.v, 13) + interval '15 min'
    FROM bench.line l JOIN bench.batch b ON b.drug_id = l.drug_id JOIN bench.person k ON k.kind = 'pharmacist' AND k.i = l.p % 10 ORDER BY l.id;
INSERT INTO hand_over (prescription_id, turn, staff_id, at)
    SELECT l.prescription_id, 1, m.staff_id, m.at FROM stock_move m JOIN bench.batch b ON b.id = m.batch_id
    JOIN prescription_line l ON l.id = m.prescription_line_id GROUP BY 1, 3, 4 ORDER BY min(m.id);
INSERT INTO hand_over_line (hand_over_id, prescription_line_id, move_id)
    SELECT h.id, l.id, m.id FROM stock_move m JOIN bench.batch b ON b.id = m.batch_id JOIN prescription_line l ON l.id = m.prescription_line_id
    JOIN hand_over h ON h.prescription_id = l.prescription_id ORDER BY m.id;
INSERT INTO stock_receipt (number, supplier, staff_id, at)
    SELECT DISTINCT m.document, '样例医药公司', m.staff_id, m.at FROM stock_move m JOIN bench.batch b ON b.id = m.batch_id WHERE m.kind = 'RECEIPT';
INSERT INTO stock_receipt_line (receipt_id, line_no, drug_id, batch_id, lot, expires, packs, quantity, purchase_price)
    SELECT r.id, row_number() OVER (ORDER BY m.id), m.drug_id, m.batch_id, s.lot, s.expires, m.quantity / d.pack_size, m.quantity, s.purchase_price
    FROM stock_move m JOIN stock_receipt r ON r.number = m.document JOIN bench.batch b ON b.id = m.batch_id JOIN stock_batch s ON s.id = m.batch_id
    JOIN drug d ON d.id = m.drug_id WHERE m.kind = 'RECEIPT';
INSERT INTO stock_month (location_id, batch_id, month, quantity, last_out)
    SELECT m.location_id, m.batch_id, date_trunc('month', m.at AT TIME ZONE 'UTC')::date, sum(m.quantity),
        max(m.at) FILTER (WHERE m.kind = 'DISPENSE' AND m.quantity < 0)
    FROM stock_move m JOIN bench.batch b ON b.id = m.batch_id GROUP BY 1, 2, 3;
INSERT INTO stock_balance (location_id, drug_id, batch_id, expires, on_hand)
    SELECT b.location_id, b.drug_id, b.id, b.expires, d.pack_size * 1000000 FROM bench.batch b JOIN bench.drug d ON d.id = b.drug_id;
UPDATE stock_level l SET on_hand = l.on_hand + d.pack_size * 1000000 FROM bench.batch b JOIN bench.drug d ON d.id = b.drug_id
    WHERE l.location_id = b.location_id AND l.drug_id = b.drug_id;

-- @ shelf
TRUNCATE stock_reservation, pick;
INSERT INTO stock_reservation (prescription_line_id, location_id, drug_id, quantity, state)
    SELECT l.id, b.location_id, l.drug_id, l.packs * l.pack_size, 'USED' FROM bench.line l JOIN bench.batch b ON b.drug_id = l.drug_id ORDER BY l.id;
INSERT INTO pick (id, prescription_line_id, batch_id, location_id, quantity, state)
    SELECT l.id, l.id, b.id, b.location_id, l.packs * l.pack_size, 'HANDED_OVER' FROM bench.line l JOIN bench.batch b ON b.drug_id = l.drug_id ORDER BY l.id;

-- @ numbers
INSERT INTO number_series (kind, scope, last) VALUES ('patient', '', {N}), ('invoice', '', {B}), ('receipt', to_char({DAY0} - 5, 'YYYY-MM-DD'), 1);
INSERT INTO number_series (kind, scope, last)
    SELECT k.kind, to_char({DAY0} + d::int, 'YYYY-MM-DD'), k.last FROM generate_series(0, {V} / {K} - 1) AS d
    CROSS JOIN (VALUES ('visit', {K}), ('bill', {BK}), ('prescription', {BK} - {K})) AS k(kind, last)
    UNION ALL SELECT 'queue', 'session:' || 1000 + s, {Q} FROM generate_series(0::bigint, {V} / {Q} - 1) AS s;

-- @ audit
INSERT INTO audit_entry (at, staff_id, act, patient_id, request_id, subjects)
    SELECT b.at, k.id, CASE WHEN b.n <= {K} THEN 'register_visit' ELSE 'settle' END, bench.patient_of(b.v), bench.request_of(b.x),
        jsonb_build_array('bill:' || b.x, 'charge:' || bench.patient_of(b.v), 'shift:' || b.shift_id)
    FROM bench.bill b JOIN bench.cashier k ON k.i = b.cashier ORDER BY b.x;

-- @ log
INSERT INTO request_log (id, payload_hash, name, staff_id, at, reply)
    SELECT bench.request_of(b.x), decode(md5('a' || b.x) || md5('b' || b.x), 'hex'), CASE WHEN b.n <= {K} THEN 'register_visit' ELSE 'settle' END,
        k.id, b.at, '{}'
    FROM bench.bill b JOIN bench.cashier k ON k.i = b.cashier;

-- @ leaves
INSERT INTO audit_leaf (leaf, entry_id, hash)
    SELECT row_number() OVER (ORDER BY e.xid, e.id) - 1, e.id, sha256('\x00'::bytea || convert_to({ENTRY}, 'UTF8'))
    FROM audit_entry e WHERE e.id < (SELECT max(id) FROM audit_entry);
