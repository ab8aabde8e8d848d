// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Accounts: their file, and ManagerAccount resources, which can only be read.
 * The file belongs to the administrator; hashes are never shown.
 */
#include <crypt.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "service/protocol/site.h"
#include "account.h"
#include "auth.h"

#define COLLECTION	SVC_ACCOUNTS "/Accounts"
#define TYPE		"ManagerAccount.v1_14_1"

/* ---- the file ----------------------------------------------------------- */

/* A line of it, and where to say what is wrong with it. */
struct line {
	int number;
	char text[SVC_NAME_SIZE + SVC_HASH_SIZE + 32];
	char *error;
	size_t size;
};

__attribute__((format(printf, 2, 3)))
static int line_refuse(const struct line *line, const char *format, ...)
{
	va_list args;
	int n;

	n = snprintf(line->error, line->size, "line %d: ", line->number);
	va_start(args, format);
	if (n > 0 && (size_t)n < line->size)
		vsnprintf(line->error + n, line->size - n, format, args);
	va_end(args);
	return -EBADMSG;
}

/* A name becomes a segment of URIs, and stands before the ":" of Basic. */
static bool name_is_good(const char *name)
{
	return *name && *name != '.' && strlen(name) < SVC_NAME_SIZE &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			    "0123456789._@-") == strlen(name);
}

static int hash_check(const struct line *line, const char *hash)
{
	if (!strcmp(hash, "*"))
		return 0;
	if (strlen(hash) >= SVC_HASH_SIZE)
		return line_refuse(line, "the hash is longer than %d characters",
				   SVC_HASH_SIZE - 1);
	switch (crypt_checksalt(hash)) {
	case CRYPT_SALT_OK:
		return 0;
	case CRYPT_SALT_METHOD_LEGACY:
	case CRYPT_SALT_TOO_CHEAP:
		return line_refuse(line, "the hash is of a weak kind: make one with mkpasswd -m yescrypt");
	default:
		return line_refuse(line, "this is no hash of crypt(5): make one with mkpasswd -m yescrypt, or write * for none");
	}
}

static int line_parse(struct svc_accounts *accounts, struct line *line)
{
	char *name = line->text, *hash, *role;
	struct svc_account *account;
	int r;

	hash = strchr(name, ':');
	role = hash ? strchr(hash + 1, ':') : NULL;
	if (!role || strchr(role + 1, ':'))
		return line_refuse(line, "a line is NAME:HASH:ROLE");
	*hash++ = '\0';
	*role++ = '\0';
	if (!name_is_good(name))
		return line_refuse(line, "a name has 1 to %d letters, digits, '.', '_', '@' and '-', and no '.' first",
				   SVC_NAME_SIZE - 1);
	if (svc_account_find(accounts, name))
		return line_refuse(line, "there is an account '%s' already",
				   name);
	r = hash_check(line, hash);
	if (r)
		return r;
	if (accounts->count == SVC_ACCOUNTS_MAX)
		return line_refuse(line, "there are more than %d accounts",
				   SVC_ACCOUNTS_MAX);
	account = &accounts->account[accounts->count];
	if (svc_role_parse(role, &account->role))
		return line_refuse(line, "a role is Administrator, Operator or ReadOnly");
	strcpy(account->name, name);
	strcpy(account->hash, hash);
	accounts->count++;
	return 0;
}

/*
 * The settings of a real hash with an end that no password has: what follows
 * "*" or a wrong name is refused as late as a wrong password.
 */
static void decoy_make(struct svc_accounts *accounts)
{
	size_t i, n;

	strcpy(accounts->decoy, "*");
	for (i = 0; i < accounts->count; i++) {
		if (accounts->account[i].hash[0] == '*')
			continue;
		strcpy(accounts->decoy, accounts->account[i].hash);
		n = strlen(accounts->decoy);
		accounts->decoy[n - 1] = accounts->decoy[n - 1] == '.' ? '/' :
									 '.';
		return;
	}
}

/**
 * svc_accounts_parse - read an accounts file
 * @accounts: zeroed
 * @text: @size bytes: lines NAME:HASH:ROLE, empty ones, comments behind #
 * @error: set to what is wrong, without any hash
 *
 * Return: 0; -EBADMSG.
 */
int svc_accounts_parse(struct svc_accounts *accounts, const char *text,
		       size_t size, char *error, size_t error_size)
{
	struct line line = { .error = error, .size = error_size };
	const char *end = text + size;
	int r = 0;

	while (!r && text < end) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		size_t n = (size_t)((stop ? stop : end) - text);

		line.number++;
		if (n && text[n - 1] == '\r')
			n--;
		if (n >= sizeof(line.text) || memchr(text, '\0', n)) {
			r = line_refuse(&line, "a line is NAME:HASH:ROLE");
			break;
		}
		memcpy(line.text, text, n);
		line.text[n] = '\0';
		if (n && *line.text != '#')
			r = line_parse(accounts, &line);
		text = stop ? stop + 1 : end;
	}
	explicit_bzero(line.text, sizeof(line.text));
	if (!r && !accounts->count) {
		line.number = line.number ? line.number : 1;
		r = line_refuse(&line, "there is no account: add NAME:HASH:Administrator");
	}
	decoy_make(accounts);
	return r;
}

/**
 * svc_account_find - the account of a name, or NULL
 * @accounts: NULL: there are none
 */
const struct svc_account *svc_account_find(const struct svc_accounts *accounts,
					   const char *name)
{
	size_t i;

	for (i = 0; accounts && i < accounts->count; i++)
		if (!strcmp(accounts->account[i].name, name))
			return &accounts->account[i];
	return NULL;
}

/* ---- as resources ------------------------------------------------------- */

static const struct svc_account *account_at(const struct svc_site *site,
					    const char *uri)
{
	if (strncmp(uri, COLLECTION "/", sizeof(COLLECTION)))
		return NULL;
	return svc_account_find(site->auth->accounts,
				uri + sizeof(COLLECTION));
}

static json_t *account_json(const struct svc_account *account)
{
	const char *role = svc_role_name(account->role);

	return json_pack("{s:o, s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:n,"
			 " s:[s], s:{s:{s:o}}}",
			 "@odata.id",
			 json_sprintf(COLLECTION "/%s", account->name),
			 "@odata.type", "#" TYPE ".ManagerAccount",
			 "Id", account->name,
			 "Name", "Account",
			 "UserName", account->name,
			 "RoleId", role,
			 "Enabled", 1,
			 "Locked", 0,
			 "Password",
			 "AccountTypes", "Redfish",
			 "Links", "Role", "@odata.id",
			 json_sprintf(SVC_ACCOUNTS "/Roles/%s", role));
}

static json_t *collection_json(const struct svc_site *site)
{
	json_t *json = json_copy((json_t *)tree_get(site->tree, COLLECTION));
	const struct svc_accounts *accounts = site->auth->accounts;
	json_t *members = json_array();
	size_t i;

	for (i = 0; i < accounts->count; i++)
		json_array_append_new(members, json_pack("{s:o}", "@odata.id",
			json_sprintf(COLLECTION "/%s",
				     accounts->account[i].name)));
	json_object_set_new(json, "Members@odata.count",
			    json_integer(json_array_size(members)));
	json_object_set_new(json, "Members", members);
	return json;
}

static json_t *account_get(void *ctx, const char *uri)
{
	const struct svc_site *site = ctx;
	const struct svc_account *account = account_at(site, uri);

	if (account)
		return account_json(account);
	return strcmp(uri, COLLECTION) ? NULL : collection_json(site);
}

static const char *account_owner(void *ctx, const char *uri)
{
	const struct svc_account *account = account_at(ctx, uri);

	return account ? account->name : NULL;
}

static const char *const types[] = { TYPE, NULL };

/* The context is the site, which has accounts. */
const struct svc_source_ops svc_account_ops = {
	.get = account_get,
	.owner = account_owner,
	.types = types,
};
