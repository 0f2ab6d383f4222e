(table $wide 1 funcref)
