-- What a drug is besides its name and pack.

-- The prescription class (rx_class) says which paper a drug needs; what is controlled without a paper of its own is said here. One truth: the
-- column that everybody reads is made of the two.
ALTER TABLE drug ADD COLUMN special_control TEXT DEFAULT '' NOT NULL;
ALTER TABLE drug ADD CONSTRAINT ck_drug_special_control
    CHECK (special_control IN ('', 'radioactive', 'precursor') AND (special_control = '' OR rx_class = 'ordinary'));
ALTER TABLE drug ADD COLUMN controlled TEXT NOT NULL
    GENERATED ALWAYS AS (CASE WHEN rx_class = 'ordinary' THEN special_control ELSE rx_class END) STORED;
