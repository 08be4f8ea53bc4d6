/** Buildspecs that the template has as YAML: CodeBuild wants them as text, and JSON is YAML, too. */

interface Resource {
  Type?: string;
  Properties?: { Source?: { BuildSpec?: unknown } };
}

export function stringifyBuildspecs<Resources extends Record<string, Resource>>(resources: Resources): Resources {
  return Object.fromEntries(Object.entries(resources).map(([name, one]) => [name, stringified(one)])) as Resources;
}

function stringified(resource: Resource): Resource {
  const { Type, Properties } = resource;
  const spec = Properties?.Source?.BuildSpec;
  if (Type !== 'AWS::CodeBuild::Project' || typeof spec !== 'object') return resource;
  const BuildSpec = JSON.stringify(spec, null, 2);
  return { ...resource, Properties: { ...Properties, Source: { ...Properties?.Source, BuildSpec } } };
}
