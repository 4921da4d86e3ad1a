"""The command line, `kgp`. Commands are loaded when they are called, so that the first word comes fast."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

import click

from graph_schema.errors import GraphPlatformError

# Command → the module of this package that holds it, under the same name (`import_` for `import`).
COMMANDS = {
    "quickstart": "quickstart",
    "import": "graphs",
    "status": "graphs",
    "export": "graphs",
    "drop": "graphs",
    "query": "query",
    "train": "learning",
    "evaluate": "learning",
    "runs": "learning",
    "predict": "predicting",
    "explain": "predicting",
    "ddi": "interacting",
    "similar": "vectors",
    "vectors": "vectors",
    "promote": "predicting",
    "rollback": "predicting",
    "up": "servers",
    "down": "servers",
    "serve": "servers",
    "doctor": "servers",
}


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"kgplatform.cli.{COMMANDS[cmd_name]}")
        name = cmd_name + ("_" if cmd_name == "import" else "")
        command: click.Command = getattr(module, name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        import difflib

        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else "."
            raise click.UsageError(f"no command {args[0]!r}{hint} `kgp --help` lists them", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, _SUMMARY[name]) for name in COMMANDS])


_SUMMARY = {
    "quickstart": "everything below on the samples, in one go",
    "import": "files or a folder into a graph",
    "status": "graphs, counts, versions, runs, what is stale",
    "export": "a graph as files that import again",
    "drop": "remove a graph",
    "query": "ask in Cypher, read-only",
    "train": "train a model on a graph",
    "evaluate": "metrics of a run on a held-out split",
    "runs": "one row a run, seeds grouped, the baseline beside",
    "predict": "the best answers of a run, with their evidence",
    "explain": "why a run believes one fact",
    "ddi": "do drugs interact, how, how surely and why",
    "similar": "entities whose vectors are alike",
    "vectors": "a run's vectors to a file, or a file's as a run",
    "promote": "write a run's predictions with evidence into its graph",
    "rollback": "put back the run promoted before",
    "up": "start the local server",
    "down": "stop the local server",
    "serve": "open the pages in a browser",
    "doctor": "check this machine and the store",
}


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--store", metavar="URL", help="Where the graphs are; default KGP_STORE or local:")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")
@click.version_option(package_name="kg-platform", prog_name="kgp")
@click.pass_context
def cli(ctx: click.Context, store: str | None, as_json: bool) -> None:
    """Knowledge graphs that explain their predictions, inside the graph database itself.

    Example: kgp import umls/ --as umls && kgp train red_gnn umls
    """
    ctx.obj = {"store": store, "as_json": as_json}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run `kgp`; ends the process with the statuses that README names."""
    try:
        status = cli.main(args=arguments, prog_name="kgp", standalone_mode=False)
        sys.exit(status if isinstance(status, int) else 0)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped; what was committed stays", err=True)
        sys.exit(1)
    except GraphPlatformError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(error.exit_status)
    except OSError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(1)
