import type { APIRoute, GetStaticPaths } from 'astro';
import { provingFiles, testHref } from '../reference/contract-tests.ts';

/** The test files that prove the contract, as they are: what the page of the contract links to. */
export const getStaticPaths = (() =>
  provingFiles().map(({ file, source }) => ({
    params: { file: testHref(file).slice('/tests/'.length, -'.txt'.length) },
    props: { source },
  }))) satisfies GetStaticPaths;

export const GET: APIRoute = ({ props }) =>
  new Response(props.source, { headers: { 'content-type': 'text/plain; charset=utf-8' } });
