// Entry of the portal's scripts. Every page works without them; they make it quicker and safer.
import "bootstrap/js/src/collapse.js";
import "bootstrap/js/src/dropdown.js";
import "bootstrap/js/src/offcanvas.js";
import { startConfirm } from "./confirm.js";
import { startErrors } from "./errors.js";
import { startFiles } from "./files.js";
import { startGrid } from "./grid.js";
import { startGuard } from "./guard.js";
import { startHtmx } from "./htmx.js";
import { startLogin } from "./login.js";
import { startOnce } from "./once.js";

startHtmx();
startConfirm();
startGuard();
startOnce();
startFiles();
startErrors();
startLogin();
startGrid();
