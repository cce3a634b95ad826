"""Damage to plain values, JSON and paths: kinds, words, texts, keys, files. Declarations only."""

from moonlanding_assets_tests.corruptions import JSON, KINDS, PATHS, update

A_TEXT = "length(trim(text)) > 1"
OF_KINDS = (
    update("text truncated", f"highlight: {A_TEXT}", "text = substr(text, 1, 1)", KINDS),
    update("Unicode normalised", "client: name LIKE '%' || char(233) || '%'",
           "name = replace(name, char(233), 'e' || char(769))", KINDS),
    update("case of a text changed", "client: name <> upper(name)", "name = upper(name)", KINDS),
    update("blanks put around a text", "rfi_response: response_text <> ''",
           "response_text = ' ' || response_text", KINDS),
    update("text turned into a blob", f"highlight: {A_TEXT}", "text = CAST(text AS BLOB)", KINDS),
    update("number turned into text", "review: wip_value IS NOT NULL",
           "wip_value = 'R ' || wip_value", KINDS),
    update("number re-rounded", "engagement: fee <> CAST(fee AS INTEGER)",
           "fee = round(fee, 0)", KINDS),
    update("size of a file changed", "file: size > 0", "size = size + 1", KINDS),
    update("year as a double", "engagement: year NOT LIKE 'u%'", "year = year || '.0'", KINDS),
    update("boolean as a word", "review: is_private = 0", "is_private = 'false'", KINDS),
    update("boolean out of range", "highlight: archived = 0", "archived = 2", KINDS),
    update("boolean turned round", "checklist_item: is_done = 1", "is_done = 0", KINDS),
    update("word outside the enumeration", "engagement: stage <> ''", "stage = 'rfi'", KINDS),
    update("word replaced by another valid one", "engagement: stage = 'team_execution'",
           "stage = 'info_gathering'", KINDS),
    update("status of a review changed", "review: status = 'open'", "status = 'closed'", KINDS),
    update("e-mail with capitals", "collaborator: email <> upper(email)",
           "email = upper(email)", KINDS),
    update("temporary access made permanent", "collaborator: is_permanent = 0",
           "is_permanent = 1", KINDS),
    update("enumeration lost to its default", "client: risk_level = 'high'",
           "risk_level = 'low'", KINDS),
    update("id in capitals", "file: 1", "created_by = upper(created_by)", KINDS),
    update("color of a highlight changed", "highlight: color = 'green'", "color = 'grey'", KINDS),
    update("priority of a highlight dropped", "highlight: is_high_priority = 1",
           "is_high_priority = 0", KINDS),
    update("count of highlights wrong", "review: total_highlights <> '0'",
           "total_highlights = total_highlights + 1", KINDS),
    update("column filled that no source feeds", "client: 1", "phone = '011 555 0000'", KINDS),
    update("picture invented", "users: photo_url IS NULL AND status = 'active'",
           "photo_url = 'https://files.example.com/x.png'", KINDS),
    update("flag renamed", "flag: flag_type = 'Won'", "flag_type = 'Lost'", KINDS),
)  # fmt: skip

A_CHECKLIST = "checklist: json_type(section_items, '$[0].resolved') IS NOT NULL"
OF_JSON = (
    update("JSON key lost", A_CHECKLIST,
           "section_items = json_remove(section_items, '$[0].resolved')", JSON),
    update("JSON key added", A_CHECKLIST,
           "section_items = json_set(section_items, '$[0].x', 1)", JSON),
    update("number re-rounded in JSON",
           "highlight: json_type(scaled_position, '$.boundingRect.width') = 'real'",
           "scaled_position = json_set(scaled_position, '$.boundingRect.width', "
           "round(scaled_position ->> '$.boundingRect.width', 0) + 0.75)", JSON),
    update("boolean as a number in JSON", A_CHECKLIST,
           "section_items = json_set(section_items, '$[0].resolved', 1)", JSON),
    update("JSON array reversed", "review: json_array_length(flags) > 1",
           "flags = json_array(flags ->> '$[1]', flags ->> '$[0]')", JSON),
    update("JSON element lost", "review: json_array_length(tags) > 1",
           "tags = json_remove(tags, '$[1]')", JSON),
    update("JSON value lost", "review: json_array_length(tags) > 0", "tags = NULL", JSON),
    update("JSON cut off", A_CHECKLIST, "section_items = substr(section_items, 1, 20)", JSON),
    update("JSON quoted twice", A_CHECKLIST, "section_items = json_quote(section_items)", JSON),
    update("attachment lost", "rfi_response: json_array_length(file_attachments) > 0",
           "file_attachments = '[]'", JSON),
)  # fmt: skip

A_FILE = "file: path LIKE '%/%/%'"
OF_PATHS = (
    update("path to another client's file", A_FILE, "path = 'x' || path", PATHS),
    update("path that leaves its place", A_FILE, "path = '../' || path", PATHS),
    update("path with a token", A_FILE, "path = path || '?alt=media&token=abc'", PATHS),
    update("path with its scheme", A_FILE, "path = 'https://files.example.com/' || path", PATHS),
    update("path still encoded", A_FILE, "path = replace(path, '/', '%2F')", PATHS),
    update("path made absolute", A_FILE, "path = '/' || path", PATHS),
    update("path lost", A_FILE, "path = NULL", PATHS),
    update("file in another store", A_FILE, "storage_type = 'drive'", PATHS),
)  # fmt: skip

OF_VALUES = (*OF_KINDS, *OF_JSON, *OF_PATHS)
