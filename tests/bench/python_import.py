# The program of the row python_import: some sixty modules of the standard
# library, and what these import, as at the start of a large program. None of them
# opens anything.
# pylint: disable=multiple-imports,unused-import
import argparse, ast, asyncio, base64, calendar, codecs, collections, concurrent.futures, configparser, contextlib
import copy, csv, ctypes, dataclasses, datetime, decimal, difflib, doctest, email.mime.multipart, enum, fractions
import ftplib, functools, getpass, gettext, glob, gzip, hashlib, html.parser, http.client, http.server, inspect
import ipaddress, json, logging.config, lzma, mimetypes, multiprocessing, pathlib, pickle, platform, pprint, queue
import random, secrets, selectors, shutil, smtplib, socketserver, sqlite3, ssl, statistics, subprocess, tarfile
import tempfile, tomllib, typing, unittest.mock, urllib.request, uuid, xml.etree.ElementTree, zipfile
