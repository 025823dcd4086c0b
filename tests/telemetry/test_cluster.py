"""What a cluster is asked: addresses that are none are refused, and DuckDB's dialect is said in Spark's."""

from pathlib import Path

import pytest
import sqlglot

from minewarden.telemetry.cluster import ClusterLake, spark_condition, spark_sql
from minewarden.telemetry.manifest import Selection
from minewarden.vocab.errors import UsageError


@pytest.mark.parametrize(
    "url", ["", "localhost:15002", "spark://127.0.0.1:7077", "sc://", "http://127.0.0.1", "sc://host:port"]
)
def test_an_address_that_is_none_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(UsageError) as refusal:
        ClusterLake(tmp_path, url)
    assert "sc://" in refusal.value.said("zh")


def test_a_part_of_the_lake_is_asked_of_the_same_cluster(tmp_path: Path) -> None:
    part = ClusterLake(tmp_path, "sc://127.0.0.1:15002", "s3a://bucket/lake/").selected(Selection(since_us=5))
    assert (part.url, part.seen_as) == ("sc://127.0.0.1:15002", "s3a://bucket/lake")
    assert part.directory == tmp_path


def test_the_least_of_several_become_a_slice() -> None:
    text, named = spark_sql("SELECT a, min(struct_pack(ts := ts, row := row), 5) AS rows FROM dns d GROUP BY a")
    assert "SLICE(SORT_ARRAY(COLLECT_LIST(STRUCT(`ts` AS `ts`, `row` AS `row`))), 1, 5)" in text
    assert named == {"dns"}


def test_a_filter_on_the_least_of_several_stays_on_what_is_collected() -> None:
    text, _ = spark_sql("SELECT min(x, 3) FILTER (WHERE y) AS xs, min(x) FILTER (WHERE y) AS x FROM conn")
    assert "SLICE(SORT_ARRAY(COLLECT_LIST(`x`) FILTER(WHERE `y`)), 1, 3)" in text
    assert "MIN(`x`) FILTER(WHERE `y`)" in text


def test_quantiles_have_sparks_name() -> None:
    text, _ = spark_sql("SELECT quantile_cont(x, [0.16, 0.5]) AS q FROM conn")
    assert "PERCENTILE(`x`, ARRAY(0.16, 0.5)) AS `q`" in text


def test_a_hash_is_one_of_64_bits_there_too() -> None:
    text, _ = spark_sql("SELECT hash(src, dst) AS mark FROM conn GROUP BY hash(src, dst)")
    assert text.count("XXHASH64(`src`, `dst`)") == 2


def test_the_escapes_of_an_expression_reach_spark_doubled() -> None:
    text, _ = spark_sql(r"SELECT * FROM dns WHERE regexp_matches(query, '^a\.b$')")
    assert r"'^a\\.b$'" in text


def test_what_spark_does_not_have_is_an_error_and_no_other_question() -> None:
    with pytest.raises(sqlglot.errors.SqlglotError):
        spark_sql("SELECT * FROM a ASOF JOIN b ON a.x = b.x AND a.ts >= b.ts")


@pytest.mark.parametrize("where", ["", " WHERE "])
def test_the_condition_of_a_view_is_translated(where: str) -> None:
    text = spark_condition(f"{where}origin NOT IN (3, 5) AND (coalesce(until, ts) IS NULL OR ts >= 7)")
    assert text == "NOT `origin` IN (3, 5) AND (COALESCE(`until`, `ts`) IS NULL OR `ts` >= 7)"
