"""The words of Cypher the guard knows: what may begin a clause, join operands, be called, or never stand."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


CLAUSES = _words("MATCH OPTIONAL WHERE WITH UNWIND RETURN ORDER SKIP OFFSET LIMIT UNION CALL EXPLAIN PROFILE")

OPERATORS = _words("""
    AND OR XOR NOT IN IS NULL CONTAINS STARTS ENDS AS BY ASC ASCENDING DESC DESCENDING DISTINCT ALL ANY
    YIELD CASE WHEN THEN ELSE END USING INDEX SCAN JOIN ON SHORTEST GROUPS PATHS PATH
""")

FORBIDDEN = _words("""
    CREATE MERGE SET DELETE DETACH NODETACH REMOVE FOREACH LOAD CSV DROP ALTER GRANT DENY REVOKE SHOW
    TERMINATE USE START STOP RENAME ENABLE DEALLOCATE REALLOCATE DRYRUN INSERT TRANSACTIONS PERIODIC COMMIT
    ROLLBACK BEGIN CYPHER TRUNCATE UPDATE EXECUTE IMPORT EXPORT BACKUP RESTORE
""")

PROCEDURES = _words("""
    db.labels db.relationshiptypes db.propertykeys db.schema.nodetypeproperties db.schema.reltypeproperties
    dbms.components
""")

FUNCTIONS = _words("""
    abs acos all any asin atan atan2 avg ceil char_length character_length coalesce collect cos cot count
    date datetime degrees duration e endnode exists exp floor haversin head isempty isnan keys labels last
    left length localdatetime localtime log log10 lower ltrim max min nodes none normalize nullif
    percentilecont percentiledisc pi point properties radians rand range reduce relationships replace reverse
    right round rtrim shortestpath allshortestpaths sign sin single size split sqrt startnode stdev stdevp
    substring sum tail tan time timestamp toboolean tobooleanlist tobooleanornull tofloat tofloatlist
    tofloatornull tointeger tointegerlist tointegerornull tolower tostring tostringlist tostringornull toupper
    trim type upper valuetype
""")

NAMESPACES = _words("date datetime duration localdatetime localtime point time")
