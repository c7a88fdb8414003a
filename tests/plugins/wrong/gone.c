int dbmux_gone(void);
__attribute__((visibility("default"))) int dbmux_gone(void) { return 0; }
