"""The long view: table `observation` of the standard schema as a view over one row a submission.

`obs_id` is not here: it is given at export, fresh each time, so that two exports cannot be joined by it.
Place and time are as coarse as the sensitivity of the indicator asks: 1 area of level 3 and month, 2 level 2 and month,
3 level 1 and quarter, 4 level 1 and year.
"""

from string import Template

_LONG_VIEW = Template("""
CREATE VIEW observation AS
WITH said AS (
    SELECT s.form_id, s.submission_key, s.form_version, $number_null AS value_num, each_c.$item AS answer_id
    FROM submission s $each_c
    UNION ALL
    SELECT s.form_id, s.submission_key, s.form_version, $number_value, $number_id
    FROM submission s $each_number
),
line AS (
    SELECT said.form_id, said.submission_key, said.form_version, a.indicator_id, a.indicator_version,
           CASE WHEN a.kind = 'value' THEN a.code END AS value_code,
           said.value_num, $bool_null AS value_bool,
           CASE WHEN a.kind = 'status' THEN a.code ELSE 'answered' END AS value_status,
           a.disagg_sex, a.disagg_age, a.disagg_pop, a.disagg_form
    FROM said JOIN answer a ON a.id = said.answer_id AND a.kind IN ('value', 'status', 'number')
    UNION ALL
    SELECT said.form_id, said.submission_key, said.form_version, o.indicator_id, o.indicator_version,
           o.code, $number_null,
           EXISTS (SELECT 1 FROM said picked
                   WHERE picked.form_id = said.form_id AND picked.submission_key = said.submission_key
                     AND picked.answer_id = o.id),
           'answered', o.disagg_sex, o.disagg_age, o.disagg_pop, o.disagg_form
    FROM said
    JOIN answer m ON m.id = said.answer_id AND m.kind = 'multi'
    JOIN answer o ON o.kind = 'choice' AND o.indicator_id = m.indicator_id
        AND o.indicator_version = m.indicator_version AND o.disagg_sex = m.disagg_sex
        AND o.disagg_age = m.disagg_age AND o.disagg_pop = m.disagg_pop AND o.disagg_form = m.disagg_form
    JOIN offered f ON f.form_id = said.form_id AND f.form_version = said.form_version AND f.answer_id = o.id
    UNION ALL
    SELECT s.form_id, s.submission_key, s.form_version, other.indicator_id, other.indicator_version,
           NULL, $number_null, $bool_null, 'not_asked', 'all', 'all', 'all', 'all'
    FROM submission s
    JOIN first_asked other ON other.form_id = s.form_id
    WHERE NOT EXISTS (SELECT 1 FROM asked k WHERE k.form_id = s.form_id AND k.form_version = s.form_version
                                              AND k.indicator_id = other.indicator_id)
)
SELECT f.survey_id, $submission_key AS submission_key, line.indicator_id, line.indicator_version,
       k.level, k.theme, line.value_code, line.value_num, line.value_bool, line.value_status, k.unit, k.recall,
       line.disagg_sex, line.disagg_age, line.disagg_pop, line.disagg_form,
       s.adm1_pcode,
       CASE WHEN k.sensitivity <= 2 THEN s.adm2_pcode END AS adm2_pcode,
       CASE WHEN k.sensitivity <= 1 THEN s.adm3_pcode END AS adm3_pcode,
       $site_key AS site_key, $site_type AS site_type,
       CASE WHEN k.sensitivity <= 2 THEN s.period
            WHEN k.sensitivity = 3
            THEN substr(s.period, 1, 4) || '-Q' || ((CAST(substr(s.period, 6, 2) AS integer) + 2) / 3)
            ELSE substr(s.period, 1, 4) END AS period,
       s.method, s.source_group, s.source_sex, $collector_key AS collector_key,
       $evidence_basis AS evidence_basis, $confidence AS confidence, $limitations AS limitations,
       $true AS consent_ok, k.sensitivity, v.source_kind, $source_ref AS source_ref, s.mapping_version, v.deid_profile
FROM line
JOIN submission s ON s.form_id = line.form_id AND s.submission_key = line.submission_key
JOIN form f ON f.form_id = line.form_id
JOIN form_version v ON v.form_id = line.form_id AND v.version = line.form_version
JOIN asked k ON k.form_id = line.form_id AND k.indicator_id = line.indicator_id
    AND k.form_version = COALESCE(
        (SELECT own.form_version FROM asked own WHERE own.form_id = line.form_id
            AND own.form_version = line.form_version AND own.indicator_id = line.indicator_id),
        (SELECT first.form_version FROM first_asked first WHERE first.form_id = line.form_id
            AND first.indicator_id = line.indicator_id))
""")

# The version of a form that asked an indicator first: what is said of the indicator where a version did not ask it.
_FIRST_ASKED = """
CREATE VIEW first_asked AS
SELECT k.form_id, k.indicator_id, k.indicator_version, k.form_version FROM asked k
WHERE NOT EXISTS (SELECT 1 FROM asked o WHERE o.form_id = k.form_id AND o.indicator_id = k.indicator_id
                                          AND o.form_version < k.form_version)
"""


_KEYS = ("submission_key", "site_key", "collector_key")

_POSTGRES = {
    "item": "id",
    "each_c": "CROSS JOIN LATERAL unnest(s.c) AS each_c(id)",
    "each_number": "CROSS JOIN LATERAL unnest(s.nk, s.nv) AS each_n(id, v)",
    "number_id": "each_n.id",
    "number_value": "each_n.v",
    "number_null": "CAST(NULL AS double precision)",
    "bool_null": "CAST(NULL AS boolean)",
    "true": "TRUE",
    **{name: f"replace(CAST(s.{name} AS text), '-', '')" for name in _KEYS},
}
_SQLITE = {
    "item": "value",
    "each_c": "JOIN json_each(s.c) AS each_c",
    "each_number": "JOIN json_each(s.nk) AS each_k JOIN json_each(s.nv) AS each_v ON each_v.key = each_k.key",
    "number_id": "each_k.value",
    "number_value": "each_v.value",
    "number_null": "NULL",
    "bool_null": "NULL",
    "true": "1",
    **{name: f"s.{name}" for name in _KEYS},
}


def create_views(dialect: str) -> list[str]:
    """The statements that make the views on `postgresql` or `sqlite`."""
    if dialect == "postgresql":
        parts = _POSTGRES | _about("unnest(s.e) AS each_e(id)", "each_e.id", "string_agg(b.code, ' ' ORDER BY b.code)")
    else:
        parts = _SQLITE | _about("json_each(s.e) AS each_e", "each_e.value", "group_concat(b.code, ' ')")
    return [_FIRST_ASKED, _LONG_VIEW.substitute(parts)]


def drop_views() -> list[str]:
    return ["DROP VIEW observation", "DROP VIEW first_asked"]


def _about(each: str, item: str, codes: str) -> dict[str, str]:
    """What array `e` says: evidence of the indicator's own section, limitations and type of site of the interview."""

    def of(kind: str, where: str = "") -> str:
        # Ordered inside: group_concat of SQLite takes no ORDER BY of its own before version 3.44.
        found = (
            f"SELECT b.code FROM {each} JOIN answer b ON b.id = {item} WHERE b.kind = '{kind}'{where} ORDER BY b.code"  # noqa: S608
        )
        return f"(SELECT {codes} FROM ({found}) AS b)"  # noqa: S608

    return {
        "evidence_basis": of("basis", " AND b.section = k.section"),
        "confidence": of("confidence", " AND b.section = k.section"),
        "limitations": of("limitation"),
        "source_ref": of("source"),
        "site_type": of("site_type"),
    }
