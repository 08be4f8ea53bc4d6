/** Tests run as ES modules, straight from the TypeScript sources; `--selectProjects` picks a kind by name. */
const shared = {
  rootDir: import.meta.dirname,
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': ['@swc/jest', { jsc: { target: 'es2024', parser: { syntax: 'typescript' } }, module: { type: 'es6' } }],
  },
};

const project = (name) => ({ ...shared, displayName: name, testMatch: [`<rootDir>/tests/${name}/**/*.test.ts`] });

export default {
  projects: ['unit', 'property', 'terragrunt', 'local', 'browser'].map(project),
  testSequencer: `${import.meta.dirname}/tests/longest-first.js`,
  // No test is about speed; real git and real Terraform take what a busy machine gives them.
  testTimeout: 120_000,
};
