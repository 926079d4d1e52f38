export * from "@espalier/core";
