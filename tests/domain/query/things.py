"""A dataset with a column of each type, for the query languages."""

from domain.columns import Column, ColumnType
from domain.schema import Definition

CITY = Column("city", ColumnType.STRING, 0)
PRICE = Column("price", ColumnType.DECIMAL, 1)
DAY = Column("day", ColumnType.DATE, 2)
AT = Column("at", ColumnType.DATETIME, 3)
NOTE = Column("note", ColumnType.JSON, 4)
OK = Column("ok", ColumnType.BOOLEAN, 5)
COUNT = Column("count", ColumnType.INTEGER, 6)
QUOTED = Column('a,"b"(c)', ColumnType.STRING, 7)
SALES = Definition("Sales", "", (CITY, PRICE, DAY, AT, NOTE, OK, COUNT, QUOTED))
