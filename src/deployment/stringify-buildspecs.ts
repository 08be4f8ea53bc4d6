/** Buildspecs that the template has as YAML: CodeBuild wants them as text, and JSON is YAML, too. */
import type { Resource, Template } from './target.ts';

export function stringifyBuildspecs(resources: Template['Resources']): Template['Resources'] {
  return Object.fromEntries(Object.entries(resources).map(([name, resource]) => [name, stringified(resource)]));
}

/** A path in the repository is text already. */
function stringified(resource: Resource): Resource {
  const source = resource.Properties?.Source as { BuildSpec: unknown } | undefined;
  if (resource.Type !== 'AWS::CodeBuild::Project' || typeof source?.BuildSpec !== 'object') return resource;
  const Source = { ...source, BuildSpec: JSON.stringify(source.BuildSpec, null, 2) };
  return { ...resource, Properties: { ...resource.Properties, Source } };
}
