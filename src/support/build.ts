/** The git commit of this build; scripts/build.ts replaces the variable, sources run without one. */
export const BUILD_COMMIT: string | undefined = process.env.KUBECTL_SCALARDL_BUILD_COMMIT || undefined
