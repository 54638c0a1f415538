-- What is sold by the gram is one gram, not "1g×1g/g".

UPDATE drug SET specification = '1' || base_unit WHERE pack_size = 1 AND base_unit = pack_unit
    AND specification = '1' || base_unit || '×1' || base_unit || '/' || base_unit;
