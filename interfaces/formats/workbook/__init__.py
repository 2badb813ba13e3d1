"""The parts that the readers of all workbook formats share."""
