"""What ariadne-codegen is told to do differently. It runs in the environment of ariadne-codegen alone."""

import ast

from ariadne_codegen.plugins.base import Plugin
from graphql import GraphQLEnumType


class OpenEnums(Plugin):
    """Enumerations of the schema grow: a value that a server knows and this client does not must not fail."""

    def generate_enum(self, class_def: ast.ClassDef, enum_type: GraphQLEnumType) -> ast.ClassDef:  # noqa: ARG002
        """`class Band(OpenEnum)` in place of `class Band(str, Enum)`."""
        class_def.bases = [ast.Name(id="OpenEnum", ctx=ast.Load())]
        return class_def

    def generate_enums_module(self, module: ast.Module) -> ast.Module:
        """Import it."""
        import_ = ast.ImportFrom(module="open_enum", names=[ast.alias(name="OpenEnum")], level=2)
        module.body.insert(0, import_)
        return ast.fix_missing_locations(module)
