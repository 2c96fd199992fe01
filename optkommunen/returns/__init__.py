"""The municipalities' own returns: read from a workbook or CSV, checked, typed."""
