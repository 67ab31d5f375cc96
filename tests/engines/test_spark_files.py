"""`keran spark`: from Parquet to Parquet under spark-submit, and every refusal as it is told."""

import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stream.catalogue.arrow import LISTINGS, OUTCOMES, outcomes_batch
from stream.engines import spark_pair
from stream.engines.spark import decide_frame
from stream.engines.spark_files import Job, decide_files, refusals_in
from stream.problems import BadSetup
from tests.catalogue.test_arrow import batch_of
from tests.conftest import ROOT
from tests.engines.test_spark import AFTER, RECORDS, WAY
from tests.spark_session import must_have_spark

JOB = "from stream.cli import main\n\nmain()\n"


@pytest.fixture
def source(tmp_path) -> Path:
    pq.write_table(pa.Table.from_batches([batch_of(RECORDS)], LISTINGS), tmp_path / "in.parquet")
    return tmp_path / "in.parquet"


@pytest.mark.spark
def test_a_submitted_job_decides_parquet(source, tmp_path, pipeline):
    """As docs/spark.md says it: `spark-submit` with a file of two lines; outcomes are those of the pipeline."""
    must_have_spark()
    assert JOB in (ROOT / "docs/spark.md").read_text().replace("    ", "")
    (tmp_path / "job.py").write_text(JOB)
    submit = [
        str(Path(sys.executable).with_name("spark-submit")),
        "--master",
        "local[1]",
        "--conf",
        "spark.ui.enabled=false",
    ]
    submit += ["--conf", "spark.driver.host=127.0.0.1", str(tmp_path / "job.py"), "spark", str(source)]
    submit += ["--output", str(tmp_path / "out"), "--as-of", AFTER.text, "--keep", "offset"]
    environment = os.environ | {"PYSPARK_PYTHON": sys.executable, "PYSPARK_DRIVER_PYTHON": sys.executable}
    run = subprocess.run(submit, capture_output=True, text=True, cwd=ROOT, env=environment, check=False)
    # spark-submit puts both outputs of the Python it runs on its own standard output.
    assert run.returncode == 0, run.stdout[-3_000:] + run.stderr[-3_000:]
    assert "4 outcomes: 1 dead_letter, 2 decision, 1 tombstone" in run.stdout
    table = pq.read_table(tmp_path / "out").sort_by("offset").select(OUTCOMES.names)
    assert table.to_pylist() == outcomes_batch(pipeline.run(RECORDS, AFTER)).to_pylist()


@pytest.mark.spark
def test_what_an_executor_refuses_is_bad_setup(spark, source, monkeypatch):
    """The job ends with the executor's own words, without a traceback."""
    monkeypatch.setattr(spark_pair, "code_digest", lambda: "f" * 16)
    with pytest.raises(Exception, match="BadSetup") as failed:
        decide_frame(spark.read.parquet(str(source)), WAY).collect()
    (problem,) = refusals_in(str(failed.value))
    assert problem.message.startswith(f"the driver's Keran has code {'f' * 16}, this executor's has ")
    assert problem.hint == "install the same wheel on the driver and on every executor"


def test_all_that_is_wrong_is_told_before_spark_starts(tmp_path):
    (tmp_path / "there").mkdir()
    job = Job(str(tmp_path / "none.parquet"), str(tmp_path / "there"), WAY._replace(shelf=tmp_path))
    with pytest.raises(BadSetup) as bad:
        decide_files(job, [])
    assert str(bad.value) == (
        "error: no such file or folder\n"
        f"  --> {tmp_path}/none.parquet\n"
        "  hint: name a Parquet file or a folder of them\n"
        "error: the output is there already\n"
        f"  --> {tmp_path}/there\n"
        "  hint: name a folder that is not there yet\n"
        "error: no model on the shelf\n"
        f"  --> {tmp_path}\n"
        "  hint: publish one with `keran train`, or point KERAN_SHELF at a shelf"
    )
    with pytest.raises(BadSetup, match="no such folder to write to"):
        decide_files(job._replace(output=str(tmp_path / "no/where")), [])
