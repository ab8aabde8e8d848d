// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Reads the file of the configuration: finds the setting of each line, and
 * reports the first line that is wrong.
 */
#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <string.h>

#include "priv.h"
#include "util/error.h"

#define SECTIONS \
	"[service], [events], [ofmf], [ofmf NAME], [host], [health] and [daemon]"

/* One reading of a file. */
struct reading {
	struct config *config;
	const char *path;
	FILE *file;
	int line;
	int section;			/* line that the section begins in */
	bool seen[CONFIG_SETTINGS_MAX];
	int error_line;			/* of the first error, 0: none */
	int ret;
	char *error;
	size_t size;
};

/* As fgets(), but counts lines, and refuses one that does not fit. */
static char *read_line(char *line, int room, void *ctx)
{
	struct reading *r = ctx;
	size_t len;

	if (!fgets(line, room, r->file))
		return NULL;
	r->line++;
	if (*line == '[')
		r->section = r->line;
	len = strlen(line);
	if (len && line[len - 1] != '\n' && !feof(r->file) && !r->error_line) {
		r->error_line = r->line;
		r->ret = -EBADMSG;
		config_say(r->error, r->size, "%s:%d: the line is longer than %d characters: shorten it",
		    r->path, r->line, room - 2);
		return NULL;
	}
	return line;
}

static void unknown_section(const struct reading *r, const char *section)
{
	config_say(r->error, r->size, "%s:%d: unknown section [%s]: there are " SECTIONS,
		   r->path, r->line, section);
}

/* @similar: the key that may have been meant, or NULL */
static void unknown_key(const struct reading *r, const char *section,
			const char *key, const char *similar)
{
	if (similar)
		config_say(r->error, r->size, "%s:%d: unknown key '%s' in [%s]: did you mean '%s'?",
			   r->path, r->line, key, section, similar);
	else
		config_say(r->error, r->size, "%s:%d: unknown key '%s' in [%s]: remove it; fabmond.conf(5) lists the keys",
			   r->path, r->line, key, section);
}

static int set_twice(const struct reading *r, const char *key)
{
	config_say(r->error, r->size, "%s:%d: '%s' is set twice: keep one line, without blanks before it",
		   r->path, r->line, key);
	return -EBADMSG;
}

static void bad_value(const struct reading *r, const char *key,
		      const char *value, const char *phrase)
{
	config_say(r->error, r->size, "%s:%d: %s = '%s': %s", r->path, r->line,
		   key, value, phrase);
}

/* ---- [ofmf] and [ofmf NAME] --------------------------------------------- */

/* The name after "ofmf"; NULL: it is another section. */
static const char *ofmf_name(const char *section)
{
	if (strncmp(section, "ofmf", 4) || (section[4] && section[4] != ' '))
		return NULL;
	return section + 4 + strspn(section + 4, " ");
}

/* The OFMF of the section being read; NULL: the reason is in @r. */
static struct config_ofmf *ofmf_of(struct reading *r, const char *section,
				   const char *name)
{
	struct config_ofmf *ofmf;

	if (*name && !config_ofmf_name(name)) {
		config_say(r->error, r->size, "%s:%d: [%s]: the name of an OFMF has 1 to %d of a to z, 0 to 9 and '-'",
			   r->path, r->line, section, CONFIG_NAME_MAX);
		return NULL;
	}
	ofmf = config_ofmf_get(r->config, name);
	if (!ofmf) {
		config_say(r->error, r->size, "%s:%d: [%s]: there may be %d OFMFs: remove one",
			   r->path, r->line, section, CONFIG_OFMFS_MAX);
	} else if (ofmf->line && ofmf->line != r->section) {
		config_say(r->error, r->size, "%s:%d: [%s] is there already, in line %d: put all of it there, or give this one another name",
			   r->path, r->section, section, ofmf->line);
		return NULL;
	} else {
		ofmf->line = r->section;
	}
	return ofmf;
}

static int apply_ofmf(struct reading *r, const char *section, const char *name,
		      const char *key, const char *value)
{
	struct config_ofmf *ofmf = ofmf_of(r, section, name);
	char phrase[256];
	int ret;

	if (!ofmf)
		return -EBADMSG;
	ret = config_ofmf_set(ofmf, key, value, phrase, sizeof(phrase));
	switch (ret) {
	case -ENOENT:
		unknown_key(r, section, key, config_ofmf_similar(key));
		return -EBADMSG;
	case -EEXIST:
		return set_twice(r, key);
	case -EBADMSG:
		bad_value(r, key, value, phrase);
		return ret;
	default:
		return ret;
	}
}

/* ---- all others --------------------------------------------------------- */

/* The index of a key's setting; config_n_settings: none, @r has the reason. */
static size_t setting_find(const struct reading *r, const char *section,
			   const char *key)
{
	const char *known = NULL, *similar = NULL;
	size_t i;

	for (i = 0; i < config_n_settings; i++) {
		const struct config_setting *s = &config_settings[i];

		if (!s->section || strcmp(s->section, section))
			continue;
		if (!strcmp(s->key, key))
			return i;
		known = section;
		if (config_similar(key, s->key))
			similar = s->key;
	}
	if (!*section)
		config_say(r->error, r->size, "%s:%d: key '%s' stands before any section: put it below one of " SECTIONS,
			   r->path, r->line, key);
	else if (!known)
		unknown_section(r, section);
	else
		unknown_key(r, section, key, similar);
	return i;
}

static int apply_key(struct reading *r, const char *section, const char *key,
		     const char *value)
{
	char phrase[256];
	size_t i;
	int ret;

	i = setting_find(r, section, key);
	if (i == config_n_settings)
		return -EBADMSG;
	if (r->seen[i])
		return set_twice(r, key);
	r->seen[i] = true;
	ret = config_setting_set(&config_settings[i], r->config, value, phrase,
				 sizeof(phrase));
	if (ret == -EBADMSG)
		bad_value(r, key, value, phrase);
	return ret;
}

/* ---- the file ----------------------------------------------------------- */

static int on_key(void *ctx, const char *section, const char *key,
		  const char *value)
{
	struct reading *r = ctx;
	const char *name = ofmf_name(section);

	if (r->error_line)
		return 1;		/* the first error is reported */
	r->ret = name ? apply_ofmf(r, section, name, key, value) :
			apply_key(r, section, key, value);
	if (r->ret)
		r->error_line = r->line;
	return !r->ret;
}

int config_file_load(struct config *config, const char *path, bool must,
		     char *error, size_t size)
{
	struct reading r = {
		.config = config, .path = path, .error = error, .size = size,
	};
	int line;

	r.file = fopen(path, "re");
	if (!r.file) {
		if (errno == ENOENT && !must)
			return 0;
		config_say(error, size, "%s: %s: check the path and its permissions",
		    path, strerror(errno));
		return -EBADMSG;
	}
	line = ini_parse_stream(read_line, &r, on_key, &r);
	if (ferror(r.file) && !r.error_line) {
		config_say(error, size, "%s: cannot be read: it must be a file", path);
		r.ret = -EBADMSG;
	} else if (line > 0 && (!r.error_line || line < r.error_line)) {
		config_say(error, size, "%s:%d: not a [section], a key = value or a # comment",
		    path, line);
		r.ret = -EBADMSG;
	} else if (line == -2) {
		r.ret = error_origin(-ENOMEM, "%s: the parser", path);
	}
	fclose(r.file);
	return r.ret;
}
