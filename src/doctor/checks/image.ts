/** Whether the image of the builds has a Node that runs the command line. */
import { type Check, right, unknown, wrong } from '../check.ts';

/** The first of CodeBuild's own images with Node 22 (aws-codebuild-docker-images, runtimes.yml). */
const firstWithNode = { 'amazonlinux-x86_64-standard': 5, 'amazonlinux-aarch64-standard': 3, standard: 7 };

export const image: Check = {
  name: 'image of the builds',
  ofAws: true,
  async look({ config: { build } }) {
    if (build.image === null) return right(`CodeBuild's own for ${build.architecture}, with Node`);
    const [, name = '', version = ''] = /^aws\/codebuild\/([a-z\d_-]+):(\d+)/.exec(build.image) ?? [];
    const first = Object.entries(firstWithNode).find(([known]) => known === name)?.[1];
    if (first === undefined)
      return unknown(`${build.image} can't be looked into from here; builds need node 22 or newer, and git, in it`);
    if (Number(version) >= first) return right(`${build.image}, with Node`);
    return wrong(`${build.image} has a Node that is too old; name ${name}:${first}.0 or newer (build.image)`);
  },
};
