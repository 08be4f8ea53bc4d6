/** The part of asl-validator that tests use; the package brings no types. */
declare module 'asl-validator' {
  export default function validate(definition: unknown): {
    isValid: boolean;
    errors: { 'Error code': string; Message: string }[];
    errorsText(separator?: string): string;
  };
}
