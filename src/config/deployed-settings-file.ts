/** What a deployment puts beside its Lambdas and its command line: the settings that it was made with, as JSON. */
export const deployedSettingsFile = 'settings.json';
