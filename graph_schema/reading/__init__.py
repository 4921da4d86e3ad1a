"""Reading what people bring: files of many shapes, each fault named with its file, line and remedy."""

from graph_schema.reading.builder import GraphBuilder
from graph_schema.reading.delimited import Rows, read_rows
from graph_schema.reading.files import InputFile
from graph_schema.reading.report import Rejected, RowReport
from graph_schema.reading.selecting import InputFiles

__all__ = ["GraphBuilder", "InputFile", "InputFiles", "Rejected", "RowReport", "Rows", "read_rows"]
