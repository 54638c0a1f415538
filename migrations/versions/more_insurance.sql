-- What the insurance is told of goods: from when on nothing may be missing in the queue.

-- Empty where the clinic is not connected. What was booked before was told by an earlier edition's rules.
ALTER TABLE insurance_setup ADD COLUMN told_from TIMESTAMP WITH TIME ZONE;
UPDATE insurance_setup SET told_from = now() WHERE connected;
