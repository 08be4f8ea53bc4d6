/** How the page looks: light and dark, wide and narrow, with nothing from elsewhere. */
import { createHash } from 'node:crypto';

export const style = `
:root{color-scheme:light dark;--back:#f6f7f9;--card:#fff;--ink:#1c2430;--soft:#56606e;--line:#d5dae1;--link:#0b57c2;--focus:#0b57c2;
--add:#116a2f;--change:#805400;--destroy:#b3161f;--destroy-back:#fdeced;--replace:#99246e;--read:#0a6478;
--well:#116a2f;--going:#0b57c2;--asks:#805400;--badly:#b3161f;--idle:#56606e;--back-mood:#6b3fa0;
--button:#0b57c2;--on-button:#fff;--plan:#fbfbfc}
@media(prefers-color-scheme:dark){:root{--back:#11151b;--card:#1a2029;--ink:#e7ebf1;--soft:#a9b3c1;--line:#38424f;--link:#8ab8ff;--focus:#8ab8ff;
--add:#6fd08c;--change:#e6b450;--destroy:#ff8f95;--destroy-back:#3b1a1e;--replace:#f19bd0;--read:#74cbe0;
--well:#6fd08c;--going:#8ab8ff;--asks:#e6b450;--badly:#ff8f95;--idle:#a9b3c1;--back-mood:#c6a4f2;
--button:#8ab8ff;--on-button:#0c1520;--plan:#151a21}}
*{box-sizing:border-box}
body{margin:0;background:var(--back);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;overflow-wrap:anywhere}
header,main,footer{max-width:68rem;margin:0 auto;padding:0 1rem}
header{padding-top:1rem;color:var(--soft);font-size:.9rem;display:flex;flex-wrap:wrap;gap:.25rem 1rem;justify-content:space-between}
footer{padding-bottom:2rem;color:var(--soft);font-size:.85rem}
h1{font-size:1.7rem;line-height:1.25;margin:.4rem 0}h2{font-size:1.15rem;margin:0 0 .6rem}h3{font-size:1rem;margin:1rem 0 .3rem}
p{margin:.4rem 0}ul,ol{margin:.4rem 0;padding-left:1.3rem}
a{color:var(--link)}
:focus-visible{outline:3px solid var(--focus);outline-offset:2px;border-radius:3px}
section,.card{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:1rem 1.2rem;margin:1rem 0}
.soft{color:var(--soft)}.path{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.94em}
.banner{border-left:6px solid var(--well);padding-left:1rem}.banner.refused{border-left-color:var(--badly)}
.counts{display:flex;flex-wrap:wrap;gap:.6rem;margin:.2rem 0 .6rem;padding:0;list-style:none}
.counts li{border:1px solid var(--line);border-radius:8px;padding:.35rem .8rem;min-width:7.5rem}
.counts b{font-size:1.5rem;line-height:1.2;display:block}.counts .none{color:var(--soft)}.counts .none b{font-weight:400}
.add{color:var(--add)}.change{color:var(--change)}.destroy{color:var(--destroy)}.replace{color:var(--replace)}.read,.move,.import{color:var(--read)}.forget{color:var(--replace)}.about{font-weight:700}
.counts li.destroy{border:2px solid var(--destroy);background:var(--destroy-back)}
.danger{border:2px solid var(--destroy);background:var(--destroy-back);border-radius:8px;padding:.6rem 1rem;margin:.8rem 0}
.danger h3{margin:0;color:var(--destroy)}.warns{border:2px solid var(--change);border-radius:8px;padding:.6rem 1rem;margin:.8rem 0}.warns h3{margin:0;color:var(--change)}section .card{padding:.6rem 1rem;margin:.8rem 0}.card h3{margin:0}
.facts{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem;margin:.4rem 0}.facts dt{color:var(--soft)}.facts dd{margin:0}
button,.button{font:inherit;font-weight:600;border-radius:8px;border:2px solid var(--button);padding:.55rem 1.2rem;min-height:2.75rem;cursor:pointer;display:inline-block;text-decoration:none;background:none;color:var(--link)}
button.main{background:var(--button);color:var(--on-button)}button.stop{border-color:var(--destroy);color:var(--destroy)}
button:hover,.button:hover{text-decoration:underline}
fieldset{border:1px solid var(--line);border-radius:8px;margin:.8rem 0;padding:.4rem 1rem .8rem}legend{font-weight:600;padding:0 .4rem}
.choice{display:flex;gap:.7rem;align-items:flex-start;padding:.45rem 0}.choice input{width:1.25rem;height:1.25rem;margin:.15rem 0 0;flex:none}
.choice small{display:block;color:var(--soft);font-size:.9rem}
label.wide{display:block;font-weight:600;margin:.6rem 0 .2rem}
input[type=text]{font:inherit;width:100%;padding:.5rem .6rem;border:1px solid var(--soft);border-radius:6px;background:var(--card);color:var(--ink)}
summary{cursor:pointer;padding:.5rem 0;font-weight:600}
details{border-top:1px solid var(--line);margin-top:.8rem}
.plan{background:var(--plan);border:1px solid var(--line);border-radius:8px;padding:.8rem;overflow:auto;max-height:min(34rem,75vh);font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;margin:.6rem 0;tab-size:4}
.plan code{display:block;font:inherit;white-space:pre;overflow-wrap:normal}.plan .far{content-visibility:auto;contain-intrinsic-size:auto 4900px}
.graph{overflow:auto;padding:.3rem 0}.graph svg{max-width:none;display:block;font:13px system-ui,sans-serif}
.graph rect{fill:var(--card);stroke:currentColor;stroke-width:1.5}.graph .current rect{stroke-width:4}
.graph text{fill:var(--ink)}.graph .symbol{fill:currentColor;font-size:19px;font-weight:700;text-anchor:middle}.graph .words{fill:currentColor;font-size:12px}
.graph .arrow{fill:none;stroke:var(--soft);stroke-width:1.3}.graph marker path{fill:var(--soft)}
.well{color:var(--well)}.going{color:var(--going)}.asks{color:var(--asks)}.badly{color:var(--badly)}.idle{color:var(--idle)}.back{color:var(--back-mood)}
.units{list-style:none;padding:0}.units>li{border-top:1px solid var(--line);padding:.45rem 0;display:flex;flex-wrap:wrap;gap:0 .6rem}.units .state{flex:0 0 12rem}.units .why{flex:1 0 100%;min-width:0}.units>li:first-child{border:0}
.state{white-space:nowrap;font-weight:600}.state b{display:inline-block;width:1.4em;text-align:center}
.row{display:flex;flex-wrap:wrap;gap:.7rem;align-items:center;margin-top:.6rem}
@media(max-width:40rem){.units .state{flex-basis:100%}h1{font-size:1.35rem}section,.card{padding:.8rem;border-radius:8px}.facts{grid-template-columns:1fr;gap:0}.facts dd{margin-bottom:.4rem}.row button,.row .button{width:100%;text-align:center}.counts li{flex:1;min-width:5.5rem;padding:.3rem .6rem}}
@media print{.plan{max-height:none}form{display:none}}
`;

/** Styles other than these, scripts, pictures, frames, and forms that lead elsewhere: none. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');
