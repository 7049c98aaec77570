// Compares a schema with an earlier one, or checks documents against it: a line of JSON per finding.
import { readFileSync } from "node:fs";
import { diff, validate } from "@graphql-inspector/core";
import { Source, buildSchema } from "graphql";

const [task, schemaFile, ...files] = process.argv.slice(2);
const schemaOf = (file) => buildSchema(readFileSync(file, "utf8"));

if (task === "diff") {
  for (const change of await diff(schemaOf(files[0]), schemaOf(schemaFile))) {
    console.log(JSON.stringify({ level: change.criticality.level, path: change.path, message: change.message }));
  }
} else {
  const sources = files.map((file) => new Source(readFileSync(file, "utf8"), file));
  for (const { source, errors, deprecated } of validate(schemaOf(schemaFile), sources)) {
    console.log(JSON.stringify({ file: source.name, errors: errors.map((error) => error.message), deprecated: deprecated.length }));
  }
}
